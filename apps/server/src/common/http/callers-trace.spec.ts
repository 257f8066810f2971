import { callersTrace } from './callers-trace';

const [traceId, spanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];

it.each([
  [`00-${traceId}-${spanId}-01`, traceId],
  [`00-${traceId}-${spanId}-00`, traceId],
  [`01-${traceId}-${spanId}-01-more`, traceId],
  [`00-${'0'.repeat(32)}-${spanId}-01`, undefined],
  [`00-${traceId.toUpperCase()}-${spanId}-01`, undefined],
  [`00-cfg_secret-${spanId}-01`, undefined],
  [undefined, undefined],
])('the trace of %s is %s', (traceparent, trace) => {
  expect(callersTrace({ traceparent })?.trace_id).toBe(trace);
});
