import { ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import type { SpanContext } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace-base';
import { samplingOf } from './sampling';

const parent = (traceFlags: 0 | 1): SpanContext => ({
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags,
  isRemote: true,
});
const roots = 10_000;
const sampledOf = (samples: () => boolean): number => Array.from({ length: roots }, samples).filter(Boolean).length;

describe('samplingOf', () => {
  it.each([
    ['parentbased_always_on', 1, roots],
    ['parentbased_always_off', 1, 0],
    ['parentbased_traceidratio', 1, roots],
    ['parentbased_traceidratio', 0, 0],
  ] as const)('%s of %d takes %d of 10,000 requests without a parent', (tracesSampler, tracesSamplerArg, expected) => {
    const { samples } = samplingOf({ tracesSampler, tracesSamplerArg });
    expect(sampledOf(() => samples(undefined))).toBe(expected);
  });

  it('takes about the share of requests that is asked for', () => {
    const { samples } = samplingOf({ tracesSampler: 'parentbased_traceidratio', tracesSamplerArg: 0.1 });
    const taken = sampledOf(() => samples(undefined));
    // Ten standard deviations to either side.
    expect(taken).toBeGreaterThan(700);
    expect(taken).toBeLessThan(1_300);
  });

  it.each(['parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'] as const)(
    '%s follows the parent, before a span is made and in the SDK',
    (tracesSampler) => {
      const { samples, sampler } = samplingOf({ tracesSampler, tracesSamplerArg: 0.5 });
      for (const flags of [0, 1] as const) {
        expect(samples(parent(flags))).toBe(flags === 1);
        const below = trace.setSpanContext(ROOT_CONTEXT, parent(flags));
        const { decision } = sampler.shouldSample(below, parent(flags).traceId, 'PUT', SpanKind.SERVER, {}, []);
        expect(decision).toBe(flags === 1 ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD);
      }
    },
  );

  it.each([
    ['always_on', SamplingDecision.RECORD_AND_SAMPLED],
    ['always_off', SamplingDecision.NOT_RECORD],
  ] as const)('%s leaves it to the SDK, whatever the parent says', (tracesSampler, expected) => {
    const { samples, sampler } = samplingOf({ tracesSampler, tracesSamplerArg: 1 });
    for (const flags of [0, 1] as const) {
      expect(samples(parent(flags))).toBe(true);
      const below = trace.setSpanContext(ROOT_CONTEXT, parent(flags));
      const { decision } = sampler.shouldSample(below, parent(flags).traceId, 'PUT', SpanKind.SERVER, {}, []);
      expect(decision).toBe(expected);
    }
  });
});
