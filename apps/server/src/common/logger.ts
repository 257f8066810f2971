import type { DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { LogLevel } from './env';
import { logLines } from './log-lines';
import { tracing } from './tracing';

const asItIs = (value: unknown): unknown => value;

/** JSON lines; readable on a terminal. Bodies, tokens and keys are never logged. Requests: see the access log. */
export function loggerModule(level: LogLevel, isTraced = false): DynamicModule {
  return LoggerModule.forRoot({
    forRoutes: [],
    pinoHttp: {
      level,
      // pino asks for each line, and fills in what it gets.
      ...(isTraced && { mixin: () => ({ ...tracing()?.active() }) }),
      ...(process.stdout.isTTY
        ? { transport: { target: 'pino-pretty', options: { singleLine: true, ignore: 'pid,hostname' } } }
        : { stream: logLines() }),
      wrapSerializers: false,
      serializers: { req: asItIs, res: asItIs },
    },
  });
}
