import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { setTimeout as wait } from 'node:timers/promises';
import type { Environment } from '../../common/env';
import { release } from '../../common/release';
import type { Circuits } from '../../common/resilience/circuits';
import type { Tracer } from '../../common/tracing';
import { otlpCircuit } from '../otlp-circuit';
import { resourceOf } from '../resource';
import { OtlpTracer } from './otlp-tracer';
import { tracePostgres } from './postgres-spans';
import { samplingOf } from './sampling';
import type { ExportLog } from './watched-exporter';
import { WatchedExporter } from './watched-exporter';

export type TracingSettings = Pick<
  Environment,
  'otlpEndpoint' | 'otlpHeaders' | 'tracesSampler' | 'tracesSamplerArg' | 'serviceName' | 'nodeId'
>;

/** A node that stops has 10 s for everything. */
const flushMs = 1_000;
/** The SDK ends a batch in time, and tries it again with growing pauses: this is for when it does not. */
const batchMs = 30_000;

/**
 * Loaded only when traces are asked for. What the settings do not name (OTEL_BSP_*, OTEL_RESOURCE_ATTRIBUTES,
 * OTEL_EXPORTER_OTLP_TIMEOUT, ...) the SDK reads itself. Its queue is bounded: what comes beyond is dropped.
 */
export function startTracing(settings: TracingSettings, circuits: Circuits, log: ExportLog): Tracer {
  const exporter = new OTLPTraceExporter({
    url: new URL('v1/traces', `${settings.otlpEndpoint?.replace(/\/*$/, '')}/`).href,
    ...(settings.otlpHeaders && { headers: { ...settings.otlpHeaders } }),
  });
  const circuit = otlpCircuit(circuits, 'traces', batchMs);
  const { sampler, samples } = samplingOf(settings);
  const provider = new BasicTracerProvider({
    sampler,
    resource: resourceFromAttributes(resourceOf(settings)).merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new WatchedExporter(exporter, circuit, log))],
  });
  const untrace = tracePostgres();
  return new OtlpTracer(provider.getTracer('config-guardian', release), samples, async () => {
    untrace();
    const ended = provider.shutdown().catch(() => undefined);
    await Promise.race([ended, wait(flushMs, undefined, { ref: false })]);
  });
}
