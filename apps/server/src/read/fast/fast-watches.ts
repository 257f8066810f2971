import { Inject, Injectable } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PinoLogger } from 'nestjs-pino';
import { ENVIRONMENT } from '../../common/env';
import type { Environment } from '../../common/env';
import { accessLine, writeAccessLine } from '../../common/http/access-log.middleware';
import { requestIdOf } from '../../common/http/request-id';
import { hangUpOnSlowReader } from '../../common/http/slow-readers.middleware';
import { Rejected } from '../../common/rejected';
import { positionOf } from '../watch/position.rules';
import { streamHeaders, WatchStreams } from '../watch/watch-streams';
import { keyList } from '../watch/watch.dto';
import { ReadLimit } from '../read-limit';
import { ConfirmedTogether, patienceMs } from './confirmed-together';
import type { AnsweredRead } from './fast-reads';
import { NodeReadSource } from './node-read-source';
import { fastReadSettings, PlainRequests } from './plain-requests';

type Routed = IncomingMessage & { route?: { readonly path: string } };
type Handler = (request: IncomingMessage, response: ServerResponse) => void;

interface FastWatch {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly apiKey: string;
  readonly keys: string | undefined;
  /** The pattern by which metrics know it. */
  readonly route: { readonly path: string };
  readonly startedAt: number;
}

const constantHeaders = Object.entries(streamHeaders);
/** Nothing in it needs decoding. */
const form = /^\/v1\/watch(?:\/([\w-]+))?(?:\?keys=([\w.,-]+))?$/;
const [byPath, byHeader] = [{ path: '/v1/watch/:apiKey' }, { path: '/v1/watch' }];

/**
 * Streams that are opened before Express is entered: what Express and Nest hang on a request is kept as long as the
 * request, and of an idle stream that was more than half of its memory. Whatever is not plainly good goes to the route.
 */
@Injectable()
export class FastWatches {
  readonly #round = new ConfirmedTogether<FastWatch>({
    confirm: () => this.source.confirm(),
    confirmed: (watch) => this.#open(watch),
    failed: ({ request, response }) => this.#route(request, response),
    patienceMs,
  });
  readonly #plain: PlainRequests;
  #route: Handler = () => undefined;
  #unreadAnswerMs = 0;

  constructor(
    private readonly source: NodeReadSource,
    private readonly streams: WatchStreams,
    private readonly log: PinoLogger,
    private readonly limit: ReadLimit,
    @Inject(ENVIRONMENT) environment: Environment,
  ) {
    this.#plain = new PlainRequests(fastReadSettings(environment));
  }

  /** In front of the handler of all other requests. */
  before(route: Handler, unreadAnswerMs: number): Handler {
    this.#route = route;
    this.#unreadAnswerMs = unreadAnswerMs;
    return (request, response) => {
      const watch = this.#watchOf(request, response);
      if (watch) this.#round.add(watch);
      else route(request, response);
    };
  }

  #watchOf(request: IncomingMessage, response: ServerResponse): FastWatch | undefined {
    if (request.method !== 'GET') return undefined;
    const [whole, inPath, keys] = form.exec(request.url ?? '') ?? [];
    if (whole === undefined || (keys !== undefined && !keyList.test(keys))) return undefined;
    const inHeader = request.headers['x-api-key'];
    if ((inHeader === undefined) === (inPath === undefined)) return undefined;
    if (!this.#plain.has(request) || !this.source.isServing) return undefined;
    const [apiKey, route] = inPath === undefined ? [String(inHeader), byHeader] : [inPath, byPath];
    return { request, response, apiKey, keys, route, startedAt: performance.now() };
  }

  /** Synchronous, so that no entry of the log comes between the credential and the beginning of the stream. */
  #open(watch: FastWatch): void {
    const { request, response, apiKey, keys } = watch;
    if (response.destroyed) return;
    const projectId = this.source.isServing ? this.source.projectOf(apiKey) : undefined;
    const counted = projectId === undefined ? undefined : this.limit.countNow(apiKey);
    if (projectId === undefined || counted === undefined) return this.#route(request, response);
    const requestId = requestIdOf(request);
    const headers = [
      ...this.#plain.headersFor(request),
      ...constantHeaders,
      ...([
        ['Vary', this.#plain.vary],
        ['X-Request-Id', requestId],
      ] as const),
      ['X-Config-Index', String(this.source.index)] as const,
      ...counted,
    ];
    const asked = positionOf(request.headers['last-event-id']);
    try {
      this.streams.open(response, { projectId, apiKey, keys, asked }, headers.flat());
    } catch (error) {
      if (error instanceof Rejected) return this.#route(request, response);
      throw error;
    }
    (request as Routed).route = watch.route;
    hangUpOnSlowReader(response, this.#unreadAnswerMs);
    this.#logEnd(request, response, { requestId, projectId, startedAt: watch.startedAt });
  }

  #logEnd({ method, url, headers }: IncomingMessage, response: ServerResponse, watch: AnsweredRead): void {
    response.once('close', () => {
      const { statusCode } = response;
      writeAccessLine(this.log.logger, accessLine({ ...watch, method, url, statusCode, headers }), response);
    });
  }
}
