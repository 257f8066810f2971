import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import type { Context, Span, SpanContext, Tracer as OtelTracer } from '@opentelemetry/api';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpHandler, SpanAttributes, TraceIds, Tracer } from '../../common/tracing';
import { methodLabel, routeLabel } from '../http-labels';
import type { Sampling } from './sampling';

/** The span of a request, or one below it. Once the request is over, what it left running belongs to nobody. */
interface Active {
  readonly span: Span;
  readonly request: { isOver: boolean };
}

const wellFormed = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const none = (id: string): boolean => /^0+$/.test(id);

export function parseTraceparent(text: string): SpanContext | undefined {
  const found = wellFormed.exec(text);
  if (!found) return undefined;
  const [, traceId = '', spanId = '', flags = ''] = found;
  if (none(traceId) || none(spanId)) return undefined;
  return { traceId, spanId, traceFlags: parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
}

const formatted = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;

const idsOf = ({ traceId, spanId }: SpanContext): TraceIds => ({ trace_id: traceId, span_id: spanId });

/** Times of the performance clock as OpenTelemetry takes them: milliseconds since the epoch, with fractions. */
const atTime = (at: number): number => performance.timeOrigin + at;

/**
 * Spans over the SDK's tracer. An async storage that is in use makes every promise of the process dearer, on Node 20
 * much dearer; so only sampled requests that reach the routes run in it, and it is off while there are none.
 */
export class OtlpTracer implements Tracer {
  readonly #storage = new AsyncLocalStorage<Active>();
  readonly #requests = new WeakMap<ServerResponse, Active>();
  #inStorage = 0;

  constructor(
    private readonly tracer: OtelTracer,
    private readonly samples: Sampling['samples'],
    private readonly flush: () => Promise<void>,
  ) {}

  requests(handler: HttpHandler): HttpHandler {
    return (request, response) => {
      this.#begin(request, response);
      handler(request, response);
    };
  }

  routes(handler: HttpHandler): HttpHandler {
    return (request, response) => {
      const active = this.#requests.get(response);
      if (active) {
        this.#inStorage += 1;
        response.once('close', () => {
          this.#inStorage -= 1;
          if (this.#inStorage === 0) this.#storage.disable();
        });
        this.#storage.run(active, handler, request, response);
      } else if (this.#inStorage > 0) this.#storage.exit(handler, request, response);
      else handler(request, response);
    };
  }

  inSpan<T>(name: string, attributes: SpanAttributes, work: () => T): T {
    const active = this.#active;
    if (!active) return work();
    const span = this.tracer.startSpan(name, { attributes }, below(active.span.spanContext()));
    try {
      const result = this.#storage.run({ span, request: active.request }, work);
      if (!(result instanceof Promise)) {
        span.end();
        return result;
      }
      // The result itself is passed on, so that nobody waits for a turn more; its failure is told to whoever has it.
      result.then(
        () => span.end(),
        (error: unknown) => fail(span, error),
      );
      return result;
    } catch (error) {
      fail(span, error);
      throw error;
    }
  }

  record(name: string, traceparent: string, startedAt: number, endedAt: number, attributes: SpanAttributes): void {
    const parent = parseTraceparent(traceparent);
    if (parent) this.#recordBelow(parent, name, startedAt, endedAt, attributes);
  }

  recordOf(response: ServerResponse, name: string, startedAt: number, attributes: SpanAttributes): void {
    const active = this.#requests.get(response);
    if (active) this.#recordBelow(active.span.spanContext(), name, startedAt, performance.now(), attributes);
  }

  active(): TraceIds | undefined {
    const active = this.#active;
    return active && idsOf(active.span.spanContext());
  }

  of(response: ServerResponse): TraceIds | undefined {
    const active = this.#requests.get(response);
    return active && idsOf(active.span.spanContext());
  }

  traceparent(): string | undefined {
    const active = this.#active;
    return active && formatted(active.span.spanContext());
  }

  stop(): Promise<void> {
    return this.flush();
  }

  get #active(): Active | undefined {
    if (this.#inStorage === 0) return undefined;
    const active = this.#storage.getStore();
    return active && !active.request.isOver ? active : undefined;
  }

  #begin(request: IncomingMessage, response: ServerResponse): void {
    // A stream lasts for hours: a span would tell of it when nobody asks any more, and be kept until then.
    if (request.url?.startsWith('/v1/watch')) return;
    const { traceparent } = request.headers;
    const parent = typeof traceparent === 'string' ? parseTraceparent(traceparent) : undefined;
    if (!this.samples(parent)) return;
    const method = methodLabel(request);
    const span = this.tracer.startSpan(method, { kind: SpanKind.SERVER }, parent ? below(parent) : ROOT_CONTEXT);
    if (!span.isRecording()) return;
    const active: Active = { span, request: { isOver: false } };
    this.#requests.set(response, active);
    response.once('close', () => {
      active.request.isOver = true;
      end(span, method, request, response);
    });
  }

  #recordBelow(
    parent: SpanContext,
    name: string,
    startedAt: number,
    endedAt: number,
    attributes: SpanAttributes,
  ): void {
    this.tracer.startSpan(name, { attributes, startTime: atTime(startedAt) }, below(parent)).end(atTime(endedAt));
  }
}

const below = (parent: SpanContext): Context => trace.setSpanContext(context.active(), parent);

/** Of an exception only its kind is told: its text may hold what a client sent. */
function fail(span: Span, error: unknown): void {
  const kind = error instanceof Error ? ((error as { code?: unknown }).code ?? error.name) : 'unknown';
  span.setAttribute('error.type', String(kind));
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

function end(span: Span, method: string, request: IncomingMessage, response: ServerResponse): void {
  const route = routeLabel(request);
  span.updateName(route === 'none' ? method : `${method} ${route}`);
  span.setAttribute('http.request.method', method === 'other' ? '_OTHER' : method);
  if (route !== 'none') span.setAttribute('http.route', route);
  span.setAttribute('http.response.status_code', response.statusCode);
  if (response.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  if (!response.writableFinished) span.setAttribute('error.type', 'aborted');
  span.end();
}
