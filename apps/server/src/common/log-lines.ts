import fs from 'node:fs';
import { destination } from 'pino';
import { say } from './say';

/** A write for each line took a twentieth of a busy node's time. What is left over is written when the process ends. */
const gathered = { fd: 1, sync: false, minLength: 8_192, periodicFlush: 100 } as const;
/** Whoever reads the lines may hang. So much is kept for it, what is more is lost; and the end of the process waits so long. */
const mostKeptBytes = 16 * 1024 ** 2;
const patienceMs = 1_000;
/** So often at most it is said that lines cannot be written. */
const toldEveryMs = 60_000;

type Lines = ReturnType<typeof destination>;

let lines: Lines | undefined;

/**
 * Standard output, where the log goes. A node whose log cannot be written, because the disk is full or the reader has
 * gone, answers on and can be stopped: lines are kept for a while, then lost, and written again when that is possible.
 */
export function logLines(): Lines {
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
  out.on('error', tellOfIt());
  const flush = out.flushSync.bind(out);
  out.flushSync = () => withPatience(flush);
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

function tellOfIt(): (error: Error) => void {
  let toldAt = -Infinity;
  return ({ message: err }) => {
    if (performance.now() - toldAt < toldEveryMs) return;
    toldAt = performance.now();
    const line = { level: 50, time: Date.now(), msg: 'the log cannot be written, its lines are lost', err };
    say(process.stderr, `${JSON.stringify(line)}\n`);
  };
}

/**
 * The log's library repeats a synchronous write that failed, and asks whether it should only when the error says that the
 * reader is busy; a full disk or a reader that has gone would hold up the end of the process for ever.
 */
function withPatience(flush: () => void): void {
  const { writeSync } = fs;
  const failing = (...args: Parameters<typeof writeSync>): number => {
    try {
      return writeSync(...args);
    } catch (error) {
      throw Object.assign(new Error('the log cannot be written', { cause: error }), { code: 'EAGAIN' });
    }
  };
  Object.assign(fs, { writeSync: failing });
  try {
    flush();
  } catch {
    // Nobody takes what is left.
  } finally {
    Object.assign(fs, { writeSync });
  }
}
