import type { IncomingHttpHeaders } from 'node:http';
import type { TraceIds } from '../tracing';

/** W3C Trace Context: version, trace, parent, flags. Nothing but hexadecimal digits of this number gets into a log. */
const form = /^[\da-f]{2}-(?!0{32})([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/;

/** The trace that a request belongs to in its caller's words, whether or not the node makes spans for it. */
export function callersTrace({ traceparent }: IncomingHttpHeaders): Pick<TraceIds, 'trace_id'> | undefined {
  const traceId = typeof traceparent === 'string' ? form.exec(traceparent)?.[1] : undefined;
  return traceId === undefined ? undefined : { trace_id: traceId };
}
