import type { DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { LogLevel } from './env';

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
