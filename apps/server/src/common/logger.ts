import type { DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { destination } from 'pino';
import type { LogLevel } from './env';
import { tracing } from './tracing';

const asItIs = (value: unknown): unknown => value;

/** A write for each line took a twentieth of a busy node's time. What is left over is written when the process ends. */
const gathered = { fd: 1, sync: false, minLength: 8_192, periodicFlush: 100 } as const;

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
        : { stream: destination(gathered) }),
      wrapSerializers: false,
      serializers: { req: asItIs, res: asItIs },
    },
  });
}
