import { answerRequests } from '../../apps/server/src/common/threads/thread-messages';
import { systemThreadId, ThreadClock } from '../../apps/server/src/common/threads/thread-clock';

const clock = new ThreadClock(systemThreadId());

/** Computes as long as it is told in each phase, or sleeps. */
answerRequests(async (phases: readonly number[], nextPhase) => {
  for (const [phase, milliseconds] of phases.entries()) {
    if (phase > 0) nextPhase();
    if (milliseconds < 0) await new Promise((resolve) => setTimeout(resolve, -milliseconds));
    else for (const end = clock.computedMs + milliseconds; clock.computedMs < end;);
  }
  return phases.length;
});
