import { LogError } from '@config-guardian/raft-node';
import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Server } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { OpenRequests } from './common/http/open-requests';
import { logIsWritten } from './common/log-lines';
import { ConsensusNode } from './consensus/consensus-node';
import { ReadWorkers } from './read/workers/read-workers';
import { Watchers } from './read/watch/watchers';

/** An election without a crash takes a few round trips; longer, and nobody is there to take over. */
const handOverMs = 1_500;
/** For the requests under way. The persister and the database have limits of their own; all together stay below. */
const requestsMs = 3_000;
const lastAnswersMs = 200;
const atMostMs = 9_000;

/**
 * Hands leadership over, stops accepting, answers the requests under way, then closes log and database, and ends the
 * process in less than 10 s, whatever hangs: with 0 when each part closed or said what it leaves to recovery, otherwise with 1.
 */
export async function stopNode(
  app: NestExpressApplication,
  requests: OpenRequests,
  signal: NodeJS.Signals,
): Promise<never> {
  const log = new Logger('Shutdown');
  const began = performance.now();
  const late = setTimeout(() => {
    log.error(`the node did not close within ${atMostMs} ms and ends as it is: recovery starts from its log`);
    process.exit(1);
  }, atMostMs);
  late.unref();
  log.log(`${signal}: the node stops, ${requests.size} requests are under way`);
  try {
    await handOver(app.get(ConsensusNode, { strict: false }), log);
    // They would wait until their time is over, or for ever.
    app.get(Watchers, { strict: false }).stop();
    await endWorkers(app.get(ReadWorkers, { strict: false }), requests, log);
    await endRequests(app.getHttpServer(), requests, log);
    await app.close();
  } catch (error) {
    log.error(`the node did not close in order: ${String(error)}`);
    await logIsWritten();
    process.exit(1);
  }
  log.log(`the node has stopped after ${Math.round(performance.now() - began)} ms`);
  await logIsWritten();
  process.exit(0);
}

/** While this node still answers, so that whoever it refuses next finds a cluster that has a leader. */
async function handOver(node: ConsensusNode, log: Logger): Promise<void> {
  if (!node.isStarted) return;
  const { role, voters } = node.log.status();
  if (role !== 'leader' || voters.length < 2) return;
  try {
    await node.log.transferLeadership(null, { deadlineMs: performance.now() + handOverMs });
    log.log(`leadership is handed over to ${node.log.status().leaderId}`);
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    log.warn(`leadership was not handed over: ${error.message}`);
  }
}

/** They end first, because what they have passed on is answered over connections that end next. */
async function endWorkers(workers: ReadWorkers, requests: OpenRequests, log: Logger): Promise<void> {
  if (workers.living === 0) return workers.kill();
  const ended = workers.stop();
  await Promise.race([ended, wait(requestsMs, undefined, { ref: false })]);
  if (workers.living > 0) {
    log.warn(`${requests.size} requests did not end within ${requestsMs} ms: they are told that the node stops`);
    requests.answerTheRest();
    await Promise.race([ended, wait(2 * lastAnswersMs, undefined, { ref: false })]);
  }
  workers.kill();
}

async function endRequests(server: Server, requests: OpenRequests, log: Logger): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  requests.hangUpAfterEach();
  server.closeIdleConnections();
  await Promise.race([requests.ended(), wait(requestsMs, undefined, { ref: false })]);
  if (requests.size > 0) {
    log.warn(`${requests.size} requests did not end within ${requestsMs} ms: they are told that the node stops`);
    requests.answerTheRest();
  }
  // The last answers leave; then connections over which nothing was asked are cut.
  await Promise.race([closed, wait(lastAnswersMs, undefined, { ref: false })]);
  server.closeAllConnections();
}
