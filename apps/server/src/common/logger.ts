import type { DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { LogLevel } from './env';

const apiKeys = /cfg_[A-Za-z0-9_-]{43}/g;

/** Without the query, which may hold what a log should not, and without API keys. */
export const loggedPath = (url: string | undefined): string =>
  (url ?? '').replace(/\?.*$/s, '').replace(apiKeys, 'cfg_***');

const asItIs = (value: unknown): unknown => value;

/** JSON lines; readable on a terminal. Bodies, tokens and keys are never logged. Requests: see the access log. */
export function loggerModule(level: LogLevel): DynamicModule {
  return LoggerModule.forRoot({
    forRoutes: [],
    pinoHttp: {
      level,
      ...(process.stdout.isTTY && {
        transport: { target: 'pino-pretty', options: { singleLine: true, ignore: 'pid,hostname' } },
      }),
      wrapSerializers: false,
      serializers: { req: asItIs, res: asItIs },
    },
  });
}
