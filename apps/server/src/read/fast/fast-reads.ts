import type { IncomingMessage, ServerResponse } from 'node:http';
import { configAge } from '../../common/http/config-age';
import { requestIdOf } from '../../common/http/request-id';
import { headersOverTls, plainHeaders } from '../../common/http/security-headers.middleware';
import { hangUpOnSlowReader } from '../../common/http/slow-readers.middleware';
import { tracing } from '../../common/tracing';
import { indexesSkipped } from '../../consensus/succession/indexes-skipped';
import { acceptedCodings } from '../compression/accepted-codings';
import { representationNow } from '../compression/representation';
import { knownEtag } from '../if-none-match';
import type { PreparedAnswer, PreparedAnswers } from '../prepared-answers';
import { AnswerWriter } from './answer-writer';
import { ConfirmedTogether, patienceMs } from './confirmed-together';
import type { FastTarget } from './fast-target';
import { fastTarget } from './fast-target';
import type { FastReadSettings } from './plain-requests';
import { PlainRequests } from './plain-requests';
import type { ReadSource } from './read-source';

type Routed = IncomingMessage & { route?: FastTarget['route'] };

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface AnsweredRead {
  readonly requestId: string;
  readonly projectId: string;
  readonly startedAt: number;
}

/** Whoever counts what was answered well, and logs some of it. */
export interface AnsweredReads {
  answered(request: IncomingMessage, response: ServerResponse, read: AnsweredRead): void;
}

/** What counts reads, or refuses to say at once. */
export interface CountsReads {
  /** The headers that tell the caller of it; undefined, and not counted, when the route has to decide. */
  countNow(apiKey: string): readonly (readonly [name: string, value: string])[] | undefined;
}

interface FastRead {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: FastTarget;
  readonly startedAt: number;
}

const cacheControl = ['Cache-Control', 'private, no-cache'];
const contentType: [string, string] = ['Content-Type', 'application/json; charset=utf-8'];

/**
 * Reads answered before Express is entered: the same barrier, credential, bytes and headers as on the
 * route, without what only other requests need. Whatever is not plainly a good read goes to the route, which answers it
 * or says what is wrong with it. The node itself has one of these, and each of its read workers.
 */
export class FastReads {
  readonly #round = new ConfirmedTogether<FastRead>({
    confirm: () => this.source.confirm(),
    confirmed: (read) => this.#answer(read),
    failed: (read) => this.#route(read.request, read.response),
    patienceMs,
  });
  readonly #catchingUp = new ConfirmedTogether<FastRead>({
    confirm: () => this.source.catchUp(),
    confirmed: (read) => this.#answer(read),
    failed: (read) => this.#route(read.request, read.response),
    patienceMs,
  });
  /** All that come in one turn of the event loop are answered in a row, which costs less than one by one. */
  readonly #local: FastRead[] = [];
  readonly #plain: PlainRequests;
  readonly #writers: Readonly<Record<'secure' | 'plain', AnswerWriter>>;
  #route: Handler = () => undefined;
  #unreadAnswerMs = 0;

  constructor(
    private readonly source: ReadSource,
    private readonly prepared: Pick<PreparedAnswers, 'config'>,
    private readonly answered: AnsweredReads,
    private readonly limit: CountsReads,
    settings: FastReadSettings,
  ) {
    this.#plain = new PlainRequests(settings);
    const constant = [...cacheControl, 'Vary', `${this.#plain.vary}, Accept-Encoding`];
    const writer = (headers: typeof plainHeaders): AnswerWriter => new AnswerWriter([...headers.flat(), ...constant]);
    this.#writers = { secure: writer(headersOverTls), plain: writer(plainHeaders) };
  }

  /** In front of the handler of all other requests. */
  before(route: Handler, unreadAnswerMs: number): Handler {
    this.#route = route;
    this.#unreadAnswerMs = unreadAnswerMs;
    return (request, response) => {
      if (!this.#takes(request, response)) route(request, response);
    };
  }

  #takes(request: IncomingMessage, response: ServerResponse): boolean {
    const target = fastTarget(request);
    if (target === undefined || !this.#plain.has(request) || !this.source.isServing) return false;
    const read = { request, response, target, startedAt: performance.now() };
    if (target.level === 'linearizable') this.#round.add(read);
    else if (!this.source.wasConfirmed) return false;
    else if (this.source.isBehind) this.#catchingUp.add(read);
    else if (this.#local.push(read) === 1) setImmediate(() => this.#answerLocal());
    return true;
  }

  #answerLocal(): void {
    for (const read of this.#local.splice(0)) this.#answer(read);
  }

  /** Synchronous, so that no entry of the log comes between the credential and the read. */
  #answer(read: FastRead): void {
    const { request, response, target } = read;
    if (response.destroyed || response.headersSent) return;
    const projectId = this.source.isServing ? this.source.projectOf(target.apiKey) : undefined;
    const answer = projectId === undefined ? undefined : this.#find(projectId, target);
    const sent = answer && representationNow(answer, acceptedCodings(request.headers['accept-encoding']));
    const counted = sent && this.limit.countNow(target.apiKey);
    if (projectId === undefined || !answer || !sent || !counted) return this.#route(request, response);
    (request as Routed).route = target.route;
    const requestId = requestIdOf(request);
    const known = knownEtag(request.headers['if-none-match'], answer.etag, sent.etag);
    const headers = [
      ['X-Request-Id', requestId],
      ['X-Config-Index', String(this.source.index)],
      ['ETag', known ?? sent.etag],
      ...counted,
    ] as [string, string][];
    if (target.level === 'local') headers.push(['X-Config-Age', configAge(this.source.ageMs)]);
    if (known === undefined) headers.push(contentType, ['Content-Length', String(sent.body.length)]);
    if (known === undefined && sent.coding !== null) headers.push(['Content-Encoding', sent.coding]);
    const body = known !== undefined || request.method === 'HEAD' ? undefined : sent.body;
    const writer = this.#plain.isSecure(request) ? this.#writers.secure : this.#writers.plain;
    writer.write(response, known === undefined ? 200 : 304, headers, body);
    // Most answers are with the client's kernel by now.
    if (response.writableLength > 0) hangUpOnSlowReader(response, this.#unreadAnswerMs);
    tracing()?.recordOf(response, 'read barrier', read.startedAt, { 'config_guardian.level': target.level });
    this.answered.answered(request, response, { requestId, projectId, startedAt: read.startedAt });
  }

  #find(projectId: string, { key, representation, minIndex }: FastTarget): PreparedAnswer | undefined {
    if (minIndex > this.source.index) return undefined;
    // In a cluster that goes on with another's state, smaller ones may be of lost writes: the route knows which.
    if (minIndex > 0 && this.source.index > indexesSkipped) return undefined;
    if (key === null) return this.source.heldSnapshot(projectId);
    const row = this.source.config(projectId, key);
    return row && this.prepared.config(row, representation);
  }
}
