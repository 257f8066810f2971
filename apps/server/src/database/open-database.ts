import { setTimeout as delay } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { errorText, isTransient } from './transient-error';

/** Why this node cannot work with its database; the message tells the operator what to do. */
export class DatabaseError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'DatabaseError';
  }
}

export interface OpenOptions {
  /** How long to wait for a server that is not there yet. */
  readonly waitMs: number;
  readonly onRetry?: (reason: string) => void;
}

const firstPauseMs = 100;
const longestPauseMs = 2_000;

/** Connects, waiting for a database that starts at the same time as this node, but not for ever. */
export async function openDatabase(dataSource: DataSource, { waitMs, onRetry }: OpenOptions): Promise<void> {
  const deadline = Date.now() + waitMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      await dataSource.initialize();
      return await refuseUnfit(dataSource);
    } catch (error) {
      if (!isTransient(error)) throw unusable(dataSource, error);
      if (Date.now() + pauseMs >= deadline) throw unreachable(dataSource, waitMs, error);
      onRetry?.(errorText(error));
      await delay(pauseMs);
    }
  }
}

/** Text that the state machine holds must be text that the database can hold. */
async function refuseUnfit(dataSource: DataSource): Promise<void> {
  const [found] = await dataSource.query<{ encoding: string; version: string }[]>(
    `SELECT current_setting('server_encoding') AS encoding, current_setting('server_version_num') AS version`,
  );
  const refuse = async (message: string): Promise<never> => {
    await dataSource.destroy();
    throw new DatabaseError(message);
  };
  if (found?.encoding !== 'UTF8') {
    await refuse(
      `The database ${placeOf(dataSource)} has the encoding ${found?.encoding}; it must be UTF8. ` +
        `Make another one with "CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0" and name it in DATABASE_URL.`,
    );
  }
  if (Number(found?.version) < 130_000) {
    await refuse(`${placeOf(dataSource)} runs PostgreSQL older than 13. Move the database to version 13 or newer.`);
  }
}

function unreachable(dataSource: DataSource, waitMs: number, error: unknown): DatabaseError {
  return new DatabaseError(
    `PostgreSQL at ${placeOf(dataSource)} could not be reached within ${waitMs / 1000} s: ${errorText(error)}. ` +
      'Start it or correct DATABASE_URL, then start this node again; what it has acknowledged is safe in its log.',
    error,
  );
}

function unusable(dataSource: DataSource, error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error;
  return new DatabaseError(
    `PostgreSQL at ${placeOf(dataSource)} refused this node: ${errorText(error)}. Correct DATABASE_URL or the rights of its user.`,
    error,
  );
}

/** Host, port and database, never the user's password. */
function placeOf(dataSource: DataSource): string {
  const { url } = dataSource.options as { readonly url?: string };
  try {
    const { host, pathname, searchParams } = new URL(url ?? '');
    return `${host || searchParams.get('host') || 'localhost'}${pathname}`;
  } catch {
    return 'DATABASE_URL';
  }
}
