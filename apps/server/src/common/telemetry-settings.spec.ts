import { parseEnvironment } from './env';

describe('the settings of OpenTelemetry', () => {
  it('are off without an endpoint', () => {
    expect(parseEnvironment({})).toMatchObject({ otlpEndpoint: null, metricsExporter: 'none' });
  });

  it('are read as OpenTelemetry writes them', () => {
    const environment = parseEnvironment({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example:4318/otlp',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc, x-tenant=one',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.01',
      OTEL_METRIC_EXPORT_INTERVAL: '15000',
    });
    expect(environment).toMatchObject({
      otlpEndpoint: 'https://collector.example:4318/otlp',
      otlpHeaders: { authorization: 'Bearer abc', 'x-tenant': 'one' },
      tracesSampler: 'parentbased_traceidratio',
      tracesSamplerArg: 0.01,
      metricExportIntervalMs: 15_000,
    });
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'ftp://collector'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://user@collector:4318'],
    ['OTEL_TRACES_SAMPLER', 'sometimes'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.5'],
    ['OTEL_TRACES_SAMPLER_ARG', '-1'],
    ['OTEL_METRICS_EXPORTER', 'prometheus'],
    ['OTEL_METRIC_EXPORT_INTERVAL', '5'],
    ['OTEL_SERVICE_NAME', 'two\nlines'],
  ])('%s=%s refuses the start', (name, value) => {
    expect(() => parseEnvironment({ [name]: value })).toThrow(name);
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://user:hunter2@collector:4318'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://collector:4318/?token=hunter2'],
    ['API_ADVERTISE', 'http://user:hun@ter2@node-1:8080/?token=hunter2'],
    ['TLS_CERT', `hunter2${'A'.repeat(300)}`],
  ])('tells of %s=%s no more than may be told', (name, value) => {
    expect(() => parseEnvironment({ [name]: value })).toThrow(name);
    expect(() => parseEnvironment({ [name]: value })).not.toThrow(/hunter2|ter2/);
  });

  it('does not repeat headers, which may hold a credential', () => {
    expect(() => parseEnvironment({ OTEL_EXPORTER_OTLP_HEADERS: 'secret' })).toThrow(/a secret of another form/);
  });
});
