import { encodeEnvelope } from './envelope';
import { sampledTraceOf } from './entry-traces';

const sampled = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const envelope = (trace: string | null, requestId = 'request', payload: object = {}) =>
  encodeEnvelope({
    id: 'x',
    type: 't',
    version: 1,
    actor: null,
    requestId,
    trace,
    fingerprint: 'f',
    birthIndex: 0,
    payload,
  });

describe('the trace of an entry', () => {
  it('is the sampled one of its envelope', () => {
    expect(sampledTraceOf(envelope(sampled))).toBe(sampled);
  });

  it.each([
    ['no entry', null],
    ['no trace', envelope(null)],
    ['one that is not sampled', envelope(sampled.replace(/1$/, '0'))],
    ['another in the payload', envelope(null, 'request', { trace: sampled })],
    ['a request id that looks like one', envelope(null, `","trace":"${sampled}"`)],
  ])('is none with %s', (_, data) => {
    expect(sampledTraceOf(data)).toBeUndefined();
  });
});
