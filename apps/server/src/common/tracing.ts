import type { IncomingMessage, ServerResponse } from 'node:http';

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** As log lines carry them, in the words of OpenTelemetry. */
export interface TraceIds {
  readonly trace_id: string;
  readonly span_id: string;
}

export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * What the node tells of a request or an entry on its way. Only sampled traces cost anything; times are by
 * `performance.now()`. An attribute never holds a path, content, or anything that a client sent.
 */
export interface Tracer {
  /** In front of all handlers: a span for each request, a child of what `traceparent` names. */
  requests(handler: HttpHandler): HttpHandler;
  /** In front of the routes: what they do belongs to the span of the request. */
  routes(handler: HttpHandler): HttpHandler;
  /** Runs the work in a span below the active one; without an active one it just runs it. */
  inSpan<T>(name: string, attributes: SpanAttributes, work: () => T): T;
  /** A span that is over, below the one that `traceparent` names. */
  record(name: string, traceparent: string, startedAt: number, endedAt: number, attributes: SpanAttributes): void;
  /** The same, below the span of the request behind this response, if it has one. */
  recordOf(response: ServerResponse, name: string, startedAt: number, attributes: SpanAttributes): void;
  active(): TraceIds | undefined;
  of(response: ServerResponse): TraceIds | undefined;
  /** W3C traceparent of the active span. */
  traceparent(): string | undefined;
  /** Sends what is left, for as long as a node that stops has. */
  stop(): Promise<void>;
}

let tracer: Tracer | undefined;

/** Undefined as long as no endpoint is set: then nothing of tracing is loaded and nothing is done. */
export const tracing = (): Tracer | undefined => tracer;

export function traceWith(next: Tracer | undefined): void {
  tracer = next;
}

export const inSpan = <T>(name: string, attributes: SpanAttributes, work: () => T): T =>
  tracer ? tracer.inSpan(name, attributes, work) : work();
