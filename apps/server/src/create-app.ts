import type { RequestListener, Server } from 'node:http';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { PinoLogger } from 'nestjs-pino';
import { AppModule } from './app.module';
import type { AppOptions } from './app.module';
import { JwtAuthentication } from './auth/jwt-authentication';
import { accessLog } from './common/http/access-log.middleware';
import { compressedAnswers } from './common/http/compressed-answers.middleware';
import { contextMiddleware } from './common/http/context.middleware';
import { jsonBodyMiddleware } from './common/http/json-body.middleware';
import { pacedRequests } from './common/http/paced-requests.middleware';
import { servingGate } from './common/http/serving-gate.middleware';
import { securityHeaders } from './common/http/security-headers.middleware';
import { unreadAnswerMs } from './common/http/server-limits';
import { requireClientCertificate } from './common/http/client-certificate.middleware';
import { requireHttps } from './common/http/require-https.middleware';
import { httpsOptions, hangUpWithoutTls, showCertificate } from './common/http/https-server';
import { slowReaders } from './common/http/slow-readers.middleware';
import type { Environment } from './common/env';
import { Certificates } from './common/tls/certificates';
import { QuietLogger } from './common/quiet-logger';
import { Circuits } from './common/resilience/circuits';
import { ServingGate } from './common/serving-gate';
import { traceWith, tracing } from './common/tracing';
import { StrictValidationPipe } from './common/http/strict-validation.pipe';
import { answerUnreadableRequests } from './common/http/unreadable-requests';
import { serveOpenApi } from './openapi';
import { FastReads } from './read/fast/fast-reads';
import { FastWatches } from './read/fast/fast-watches';

/** The whole application, ready to be initialised: the same for `main` and for the tests. */
export async function createApp(options: AppOptions): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with(options), {
    // What fails before the node has its logger is told by whoever called, in one line.
    logger: false,
    bodyParser: false,
    abortOnError: false,
    forceCloseConnections: false,
    ...(speaksTls(options.environment) && { httpsOptions: tlsOf(options.environment) }),
  });
  const log = await app.resolve<unknown, PinoLogger>(PinoLogger);
  app.useLogger(new QuietLogger(log, {}));
  configureApp(app, options, log);
  const server = app.getHttpServer() as Server;
  // As long as nobody else listens.
  const [express] = server.listeners('request') as [RequestListener];
  await traced(options, app.get(Circuits, { strict: false }), log);
  const routes = tracing()?.routes(express) ?? express;
  const watches = app.get(FastWatches, { strict: false }).before(routes, unreadAnswerMs);
  const handler = app.get(FastReads, { strict: false }).before(watches, unreadAnswerMs);
  server.off('request', express).on('request', tracing()?.requests(handler) ?? handler);
  answerUnreadableRequests(server, log);
  if (speaksTls(options.environment)) {
    hangUpWithoutTls(server);
    app.get(Certificates, { strict: false }).api?.onChange((pair) => showCertificate(server, pair));
  }
  return app;
}

/** Nothing of tracing is loaded without an endpoint. */
async function traced({ environment }: AppOptions, circuits: Circuits, log: PinoLogger): Promise<void> {
  if (environment.otlpEndpoint === null || environment.tracesExporter === 'none') return;
  const { startTracing } = await import('./telemetry/tracing/start-tracing.js');
  traceWith(startTracing(environment, circuits, log));
}

/** Read workers speak it themselves, and ask the node in the clear over a socket of its own. */
const speaksTls = ({ tlsCert, readWorkers }: Environment): boolean => tlsCert !== null && readWorkers === 0;

const tlsOf = ({ tlsCert, tlsKey, adminTlsCa }: Environment) =>
  httpsOptions({
    cert: tlsCert?.text ?? '',
    key: tlsKey?.text ?? '',
    ...(adminTlsCa && { ca: adminTlsCa.text }),
  });

function configureApp(app: NestExpressApplication, { environment }: AppOptions, log: PinoLogger): void {
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set(
    'trust proxy',
    typeof environment.trustProxy === 'object' ? [...environment.trustProxy] : environment.trustProxy,
  );
  app.use(securityHeaders());
  app.use(contextMiddleware(environment.requestTimeoutMs), accessLog(log));
  if (environment.requireHttps) app.use(requireHttps());
  app.use(servingGate(app.get(ServingGate)), pacedRequests());
  if (environment.corsOrigins) {
    app.enableCors({
      origin: environment.corsOrigins.includes('*') ? '*' : [...environment.corsOrigins],
      exposedHeaders: [
        ...['ETag', 'Location', 'RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'],
        ...['Retry-After', 'X-Config-Age', 'X-Config-Index', 'X-Request-Id'],
      ],
    });
  }
  // Behind CORS: a browser shows no certificate with the question whether it may ask.
  if (environment.adminTlsCa) app.use(requireClientCertificate());
  app.use(slowReaders(unreadAnswerMs), compressedAnswers());
  const authentication = app.get(JwtAuthentication, { strict: false });
  app.use(...jsonBodyMiddleware(environment, (request) => authentication.admit(request)));
  app.useGlobalPipes(new StrictValidationPipe());
  serveOpenApi(app);
}
