import { isNativeError } from 'node:util/types';
import { errorText, isAnswer, isTransient } from '../database/transient-error';
import type { PersisterOptions } from './persister-options';
import { Alarm } from './persister-waiters';

type RetryOptions = Pick<PersisterOptions, 'firstPauseMs' | 'longestPauseMs' | 'maxRefusals' | 'clock' | 'random'>;

/** When to try again, and when to give up: a database that is away is waited for, one that refuses for ever is not. */
export class PersisterRetries {
  readonly #alarm: Alarm;
  #pauseMs = 0;
  #refusals = 0;

  constructor(private readonly options: RetryOptions) {
    this.#alarm = new Alarm(options.clock);
  }

  succeeded(): void {
    this.#pauseMs = 0;
    this.#refusals = 0;
  }

  /** The error with which to give up, or undefined when another attempt makes sense. */
  refuse(error: unknown): Error | undefined {
    if (!isTransient(error)) return lasting(error);
    if (!isAnswer(error) || ++this.#refusals < this.options.maxRefusals) return undefined;
    const text = `the database refused the same batch ${this.#refusals} times in a row: ${errorText(error)}`;
    return new Error(text, { cause: error });
  }

  /** Half of it is left to chance, so that nodes which lost a database together do not come back together. */
  async pause(): Promise<void> {
    const { firstPauseMs, longestPauseMs } = this.options;
    this.#pauseMs = Math.min(longestPauseMs, Math.max(firstPauseMs, this.#pauseMs * 2));
    await this.#alarm.sleep(this.#pauseMs * (0.5 + this.options.random() / 2));
  }

  /** Ends the present pause, or makes the next one end at once. */
  hurry(): void {
    this.#alarm.ring();
  }
}

/** Names the table and the rule, but not the values: an error's detail may hold what must not be logged. */
function lasting(error: unknown): Error {
  if (!isNativeError(error)) return new Error(String(error));
  if (!('severity' in error)) return error;
  const { code, table, constraint } = error as { code?: string; table?: string; constraint?: string };
  const place = [table, constraint].filter(Boolean).join(', ');
  return new Error(
    `PostgreSQL does not take what the state holds: ${error.message} (SQLSTATE ${code}${place && `, ${place}`})`,
    { cause: error },
  );
}
