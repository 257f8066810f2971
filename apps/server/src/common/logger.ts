import type { DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { destination } from 'pino';
import type { LogLevel } from './env';
import { tracing } from './tracing';

const asItIs = (value: unknown): unknown => value;

/** A write for each line took a twentieth of a busy node's time. What is left over is written when the process ends. */
const gathered = { fd: 1, sync: false, minLength: 8_192, periodicFlush: 100 } as const;
/** Whoever reads the lines may hang. So much is kept for it, what is more is lost; and the end of the process waits so long. */
const mostKeptBytes = 16 * 1024 ** 2;
const patienceMs = 1_000;

let lines: ReturnType<typeof destination> | undefined;

function theLines(): ReturnType<typeof destination> {
  let hangsSince: number | undefined;
  // A process that runs has turns of its event loop between two attempts; one that ends has none, and would try for ever.
  const retryEAGAIN = (): boolean => {
    if (hangsSince === undefined) {
      hangsSince = performance.now();
      setImmediate(() => (hangsSince = undefined)).unref();
    }
    return performance.now() - hangsSince < patienceMs;
  };
  const out = destination({ ...gathered, maxLength: mostKeptBytes, retryEAGAIN });
  const flush = out.flushSync.bind(out);
  out.flushSync = () => {
    try {
      flush();
    } catch {
      // Nobody takes what is left.
    }
  };
  return (lines = out);
}

/** Resolves when all lines are with whoever reads them, or when that takes too long. */
export function logIsWritten(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, patienceMs);
    const done = (): void => (clearTimeout(timer), resolve());
    if (lines) lines.flush(done);
    else done();
  });
}

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
        : { stream: theLines() }),
      wrapSerializers: false,
      serializers: { req: asItIs, res: asItIs },
    },
  });
}
