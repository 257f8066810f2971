import { TraceFlags } from '@opentelemetry/api';
import type { SpanContext } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import type { Sampler } from '@opentelemetry/sdk-trace-base';
import type { Environment } from '../../common/env';

export type SamplingSettings = Pick<Environment, 'tracesSampler' | 'tracesSamplerArg'>;

export interface Sampling {
  /** Whether a request is to have a span, whose caller sent this context or none. */
  readonly samples: (parent: SpanContext | undefined) => boolean;
  /** Of the SDK: what it says of spans that are asked for. */
  readonly sampler: Sampler;
}

const parentBased = 'parentbased_';

/**
 * A span that records nothing costs more than all else that is told of a read, and most requests are not sampled. So
 * what follows the parent, or has none, is decided before a span is made. By the id of the trace only a span can be
 * judged: without `parentbased_` the SDK decides.
 */
export function samplingOf({ tracesSampler, tracesSamplerArg }: SamplingSettings): Sampling {
  const root = rootOf(tracesSampler, tracesSamplerArg);
  if (!tracesSampler.startsWith(parentBased)) return { samples: () => true, sampler: root.sampler };
  return {
    samples: (parent) => (parent ? (parent.traceFlags & TraceFlags.SAMPLED) !== 0 : Math.random() < root.share),
    sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
  };
}

/** `share`: of all traces, 0 to 1. */
function rootOf(name: string, ratio: number): { readonly share: number; readonly sampler: Sampler } {
  if (name.endsWith('always_on')) return { share: 1, sampler: new AlwaysOnSampler() };
  if (name.endsWith('always_off')) return { share: 0, sampler: new AlwaysOffSampler() };
  return { share: ratio, sampler: new TraceIdRatioBasedSampler(ratio) };
}
