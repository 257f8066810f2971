import { duration, optional, required, text } from './setting-kinds';

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
export type TracesSampler = (typeof samplers)[number];

const exporters = ['otlp', 'none'] as const;
export type TelemetryExporter = (typeof exporters)[number];

function parseEndpoint(value: string): string | undefined {
  if (!URL.canParse(value)) return undefined;
  const { protocol, username, password, search, hash } = new URL(value);
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === '' ? value : undefined;
}

/** As OpenTelemetry writes them: `name=value,name=value`, the values URL-encoded. */
function parseHeaders(value: string): Readonly<Record<string, string>> | undefined {
  const headers: Record<string, string> = {};
  for (const part of value.split(',')) {
    const [, name, encoded] = /^\s*([A-Za-z0-9!#$&'*+.^_`|~-]+)\s*=\s*([\x21-\x7e]*)\s*$/.exec(part) ?? [];
    if (name === undefined || encoded === undefined) return undefined;
    try {
      headers[name] = decodeURIComponent(encoded);
    } catch {
      return undefined;
    }
  }
  return headers;
}

/** Its own variables OpenTelemetry names; the SDK reads more of them (OTEL_BSP_*, OTEL_RESOURCE_ATTRIBUTES) itself. */
export const telemetrySettings = {
  otlpEndpoint: optional({
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    takes:
      'a URL such as http://collector:4318, without user and password (OTEL_EXPORTER_OTLP_HEADERS has room for them)',
    parse: parseEndpoint,
    meaning: 'OTLP over HTTP: traces go to /v1/traces below it, metrics to /v1/metrics. Off without a value.',
  }),
  otlpHeaders: optional({
    name: 'OTEL_EXPORTER_OTLP_HEADERS',
    takes: 'a comma list of name=value, the values URL-encoded',
    parse: parseHeaders,
    secret: true,
    meaning: 'Headers for the receiver, such as its credential.',
  }),
  tracesExporter: required({
    name: 'OTEL_TRACES_EXPORTER',
    fallback: 'otlp',
    takes: exporters.join(' or '),
    parse: (value: string): TelemetryExporter | undefined => exporters.find((exporter) => exporter === value),
    meaning: 'Whether traces are sent when there is an endpoint.',
  }),
  tracesSampler: required({
    name: 'OTEL_TRACES_SAMPLER',
    fallback: 'parentbased_always_on',
    takes: samplers.join(', '),
    parse: (value: string): TracesSampler | undefined => samplers.find((sampler) => sampler === value),
    meaning: 'Which traces are recorded; the parentbased ones follow what the caller decided.',
  }),
  tracesSamplerArg: required({
    name: 'OTEL_TRACES_SAMPLER_ARG',
    fallback: '1',
    takes: 'a number from 0 to 1',
    parse: (value: string) =>
      /^(?:0?\.\d{1,12}|[01](?:\.0{1,12})?|0\.\d{1,12})$/.test(value) ? Number(value) : undefined,
    meaning: 'The share that the traceidratio samplers take: 0.01 is one of a hundred.',
  }),
  metricsExporter: required({
    name: 'OTEL_METRICS_EXPORTER',
    fallback: 'none',
    takes: exporters.join(' or '),
    parse: (value: string): TelemetryExporter | undefined => exporters.find((exporter) => exporter === value),
    meaning: 'Whether the series of /metrics are also sent to the endpoint.',
  }),
  metricExportIntervalMs: required({
    name: 'OTEL_METRIC_EXPORT_INTERVAL',
    fallback: '60000',
    takes: 'milliseconds from 100 to 3600000, or a duration such as 30s',
    parse: (value: string) => duration(100, 3_600_000, '').parse(/^\d+$/.test(value) ? `${value}ms` : value),
    meaning: 'How often metrics are sent.',
  }),
  serviceName: required({
    name: 'OTEL_SERVICE_NAME',
    fallback: 'config-guardian',
    ...text('1 to 255 visible characters', /^[\x20-\x7e]{1,255}$/),
    meaning: 'The name that traces and metrics carry.',
  }),
} as const;
