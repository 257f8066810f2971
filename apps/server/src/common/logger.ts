import type { DynamicModule } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LoggerModule } from 'nestjs-pino';
import type { LogLevel } from './env';
import type { ContextRequest } from './http/request-context';

const apiKeys = /cfg_[A-Za-z0-9_-]{43}/g;

/** Without the query, which may hold what a log should not, and without API keys. */
export const loggedPath = (url: string | undefined): string => (url ?? '').replace(/\?.*$/s, '').replace(apiKeys, 'cfg_***');

const contextOf = (request: IncomingMessage): Partial<ContextRequest['context']> => (request as Partial<ContextRequest>).context ?? {};

/** JSON lines; readable on a terminal. Bodies, tokens and keys are never logged. */
export function loggerModule(level: LogLevel): DynamicModule {
  return LoggerModule.forRoot({
    pinoHttp: {
      level,
      ...(process.stdout.isTTY && { transport: { target: 'pino-pretty', options: { singleLine: true, ignore: 'pid,hostname' } } }),
      autoLogging: { ignore: (request) => /^\/(health|ready|metrics)$/.test(loggedPath(request.url)) },
      quietReqLogger: true,
      genReqId: (request) => contextOf(request).requestId ?? '',
      customLogLevel: (_request, response, error) => (error || response.statusCode >= 500 ? 'error' : 'info'),
      customProps: (request) => ({ actorId: contextOf(request).actorId ?? undefined }),
      serializers: {
        req: (request: { method: string; url: string }) => ({ method: request.method, path: loggedPath(request.url) }),
        res: (response: ServerResponse) => ({ status: response.statusCode }),
      },
    },
  });
}
