import './worker-signals';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { accessLine } from '../../common/http/access-log.middleware';
import { boundConnections } from '../../common/http/bounded-connections';
import { hangUpWithoutTls, httpsOptions, showCertificate } from '../../common/http/https-server';
import { OpenRequests } from '../../common/http/open-requests';
import { limitWaiting, unreadAnswerMs } from '../../common/http/server-limits';
import { answerWhatIsNotHttp, closeBehindEndlessBodies } from '../../common/http/unreadable-requests';
import type { AnsweredRead, AnsweredReads } from '../fast/fast-reads';
import { FastReads } from '../fast/fast-reads';
import { sampledOneOf } from '../fast/sampled-reads';
import { PreparedAnswers } from '../prepared-answers';
import { frame, FrameReader } from './frames';
import type { HandedOver } from './handed-connection';
import type { FromNode, FromWorker, WorkerSettings } from './messages';
import { NodeProxy } from './node-proxy';
import { WorkerCounts } from './read-counts';
import { Replica } from './replica';
import { giveBack, isReturnable } from './returned-connection';
import { channelFd } from './worker-process';

/**
 * A process beside the node: is handed connections of its port, answers plain reads from a replica of the state, passes everything else
 * on. It lives as long as its channel to the node does, and no longer.
 */
const countsEveryMs = 500;
const lastAnswersMs = 200;

const channel = new Socket({ fd: channelFd, readable: true, writable: true });
const tell = (message: FromWorker): boolean => channel.write(frame(message));
const log = { info: (line: object, message: string) => void tell({ type: 'log', line, message }) };

const uncounted = { countNow: () => [] };
const replica = new Replica((question, level) => void tell({ type: 'confirm', question, level }));
const counts = new WorkerCounts();
let connections = 0;
let server: Server | undefined;
let requests: OpenRequests | undefined;

class Answered implements AnsweredReads {
  #count = 0;

  answered(request: IncomingMessage, { statusCode }: ServerResponse, read: AnsweredRead): void {
    const { method = '', url, route } = request as IncomingMessage & { readonly route?: { readonly path: string } };
    const seconds = (performance.now() - read.startedAt) / 1000;
    counts.add({ method, route: route?.path ?? 'none', status: String(statusCode) }, seconds);
    if (this.#count++ % sampledOneOf !== 0) return;
    const line = { ...accessLine({ ...read, method, url, statusCode, headers: request.headers }), sampledOneOf };
    log.info(line, 'request completed');
  }
}

/** What the caller has sampled the node answers, because it alone makes spans. */
const isSampled = ({ headers }: IncomingMessage): boolean =>
  typeof headers['traceparent'] === 'string' && /-[\da-f][13579bdf]$/.test(headers['traceparent']);

function serve({ ownPath, nodePath, areCounted, areTraced, bounds, keyPair, ...settings }: WorkerSettings): void {
  server = keyPair === null ? createServer() : createHttpsServer(httpsOptions(keyPair));
  const open = (requests = new OpenRequests(server));
  boundConnections(server, bounds);
  if (keyPair !== null) hangUpWithoutTls(server);
  const proxy = new NodeProxy(nodePath, unreadAnswerMs);
  const reads = new FastReads(replica, new PreparedAnswers(), new Answered(), uncounted, settings);
  // Of a connection with TLS the node cannot go on with what was agreed here.
  const pass = (request: IncomingMessage, response: ServerResponse): void =>
    keyPair === null && isReturnable(request, response)
      ? giveBack(request, response, proxy.pass)
      : proxy.pass(request, response);
  answerWhatIsNotHttp(server, log as Parameters<typeof answerWhatIsNotHttp>[1]);
  closeBehindEndlessBodies(server);
  limitWaiting(server);
  const answer = areCounted ? pass : reads.before(pass, unreadAnswerMs);
  server.on('request', (request: IncomingMessage, response: ServerResponse) =>
    areTraced && isSampled(request) ? pass(request, response) : answer(request, response),
  );
  for (const expectation of ['checkContinue', 'checkExpectation'] as const)
    server.on(expectation, (request, response) => passOn(open, proxy, request, response));
  // A server that does not listen does not watch over slow clients. What goes wrong here ends the process.
  server.listen(ownPath, () => tell({ type: 'listening' }));
}

/** The node hears of it before anything is read: from then on the connection lives and ends with this process. */
process.on('message', ({ connection }: HandedOver, socket: Socket | undefined) => {
  tell({ type: 'taken', connection });
  // Its client was gone before it came.
  if (!server || !socket) return void socket?.destroy();
  connections++;
  socket.once('close', () => connections--);
  server.emit('connection', socket);
});

/** It does not come as a request, but counts as one of those that are under way. */
function passOn(open: OpenRequests, proxy: NodeProxy, request: IncomingMessage, response: ServerResponse): void {
  open.add(response);
  proxy.pass(request, response);
}

/** As the node does: no new connections, an end to each behind its answer. Whatever is too slow is ended by the node. */
async function stop(): Promise<void> {
  if (server && requests) await close(server, requests);
  tell({ type: 'counts', counts: counts.take() });
  channel.end(() => process.exit(0));
}

async function close(server: Server, requests: OpenRequests): Promise<void> {
  server.close();
  requests.hangUpAfterEach();
  server.closeIdleConnections();
  await requests.ended();
  // The server knows only of connections that came to it, and these were handed over.
  for (let waited = 0; connections > 0 && waited < lastAnswersMs; waited += 5) await wait(5);
}

const reader = new FrameReader((received) => {
  const message = received as FromNode;
  replica.receive(message);
  if (message.type === 'settings') serve(message.settings);
  else if (message.type === 'key-pair' && server) showCertificate(server, message.keyPair);
  else if (message.type === 'stop') void stop();
});
channel.on('data', (chunk: Buffer) => reader.push(chunk));
// The node is gone, or wants this one no more.
for (const event of ['end', 'error', 'close'] as const) channel.on(event, () => process.exit(0));
setInterval(() => tell({ type: 'counts', counts: counts.take() }), countsEveryMs);
