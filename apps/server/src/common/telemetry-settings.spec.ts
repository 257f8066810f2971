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
    ['API_ADVERTISE', 'http://user:a/hunter2@node-1:8080'],
    ['API_ADVERTISE', 'http://user:a?hunter2@node-1:8080'],
    ['API_ADVERTISE', 'http://:hunter2@node-1:8080'],
    ['API_ADVERTISE', 'user:hunter2@node-1:8080'],
    ['API_ADVERTISE', 'http://node-1:8080/#token=hunter2'],
    ['API_ADVERTISE', 'http://node-1:8080/?token=a@hunter2'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'https:user:hunter2@collector:99999'],
    ['TLS_CERT', `hunter2${'A'.repeat(300)}`],
    // The private key of Ed25519 is this short, in PEM without its first line and in base64 of the whole.
    ['TLS_CERT', `BEGIN PRIVATE KEY\n${'A'.repeat(40)}hunter2${'/+A='.repeat(4)}A\nEND PRIVATE KEY\n`],
    ['TLS_CERT', `${'A/+'.repeat(40)}hunter2${'A'.repeat(33)}`],
  ])('tells of %s=%s no more than may be told', (name, value) => {
    expect(() => parseEnvironment({ [name]: value })).toThrow(name);
    expect(() => parseEnvironment({ [name]: value })).not.toThrow(/hunter2|ter2/);
  });

  it.each([
    ['API_ADVERTISE', 'ftp://node-1:8080', '"ftp://node-1:8080"'],
    ['TLS_CERT', '/run/secrets/config-guardian/tls.crt', '"/run/secrets/config-guardian/tls.crt"'],
    ['ADMIN_EMAIL', 'ada@@example.com', '"ada@@example.com"'],
  ])('tells of %s=%s what it got', (name, value, told) => {
    expect(() => parseEnvironment({ [name]: value })).toThrow(`${name}: got ${told}`);
  });

  it('does not repeat headers, which may hold a credential', () => {
    expect(() => parseEnvironment({ OTEL_EXPORTER_OTLP_HEADERS: 'secret' })).toThrow(/a secret of another form/);
  });
});
