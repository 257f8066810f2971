import { setTimeout as delay } from 'node:timers/promises';
import type { RequestContext } from '../common/http/request-context';
import { Rejected } from '../common/rejected';
import type { CommandDefinition, CommandResult } from '../consensus/command';
import type { ConsensusService, Executed } from '../consensus/consensus.service';

/** More rounds than schemas can be changed in the time of one request; then `schema-changed` shows as overloaded. */
const mostRounds = 20;
const pauseMs = 5;

/**
 * Checks against the state as it is, proposes what was checked, and starts over when a schema changed in between:
 * `apply` compares versions only, so no content is judged twice or by a node whose validator differs.
 *
 * A repeated request is answered with its first outcome before anything is checked again.
 */
export async function proposeChecked<Payload extends object, Result extends CommandResult>(
  consensus: Pick<ConsensusService, 'execute' | 'repeated'>,
  command: CommandDefinition<Payload, Result>,
  prepare: () => Promise<Payload>,
  context: RequestContext,
): Promise<Executed<Result>> {
  const repeated = consensus.repeated<Result>(context);
  if (repeated) return repeated;
  for (let round = 1; ; round++) {
    try {
      return await consensus.execute(command, await prepare(), context);
    } catch (error) {
      const mayRetry = round < mostRounds && !context.deadline.isOver;
      if (!(error instanceof Rejected && error.code === 'schema-changed' && mayRetry)) throw error;
      await delay(pauseMs);
    }
  }
}
