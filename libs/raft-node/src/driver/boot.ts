import { checkEntry, configuration as noMembers } from '@config-guardian/raft';
import type { Configuration, Position } from '@config-guardian/raft';
import type { DurableLog, OpenedLog } from '../durable-log';
import { LogMismatch } from '../log-mismatch';
import { fromLogEntry } from '../raft-storage';
import type { LogConsumer } from '../replicated-log';
import { LogCache } from './log-cache';

const READ_BYTES = 1 << 20;

interface Range {
  readonly firstIndex: number;
  readonly previousTerm: number;
  readonly lastIndex: number;
}

/**
 * Reads the log that a member goes on with. Finishes an installation that was cut short after the database had the
 * snapshot; before that the old log stands. Rejects with LogMismatch when log and database do not belong together.
 */
export async function readLog(log: DurableLog, consumer: Pick<LogConsumer<unknown>, 'appliedIndex' | 'membership'>) {
  const { appliedIndex } = consumer;
  const range = await finishInstall(log, appliedIndex);
  refuseMismatch(range, log.opened, appliedIndex);
  const known = knownConfiguration(log.opened, consumer);
  const cache = new LogCache(known.configuration);
  cache.beginAfter({ index: range.firstIndex - 1, term: range.previousTerm }, known.configuration);
  while (cache.lastIndex() < range.lastIndex) {
    const entries = (await log.read(cache.lastIndex() + 1, READ_BYTES)).map(fromLogEntry);
    if (entries.length === 0) throw new Error(`The log ends before entry ${range.lastIndex}.`);
    cache.wrote({ hardState: null, entries });
  }
  cache.boot({ ...log.opened.hardState, commit: appliedIndex }, known);
  return cache;
}

async function finishInstall(log: DurableLog, appliedIndex: number): Promise<Range> {
  const { installing, firstIndex, previousTerm, lastIndex } = log.opened;
  if (installing === null || installing.index !== appliedIndex) return { firstIndex, previousTerm, lastIndex };
  const { index, term } = installing;
  const held = index >= firstIndex && index <= lastIndex ? (await log.read(index, 0))[0] : undefined;
  const keepsSuffix = held?.term === term || (index === firstIndex - 1 && previousTerm === term);
  await log.endInstall(index, term);
  return { firstIndex: index + 1, previousTerm: term, lastIndex: keepsSuffix ? lastIndex : index };
}

function refuseMismatch({ firstIndex, lastIndex }: Range, { identity }: OpenedLog, appliedIndex: number): void {
  const held = `The log holds entries ${firstIndex} to ${lastIndex} (cluster ${identity.clusterId}), the database has applied ${appliedIndex}`;
  if (appliedIndex > lastIndex) {
    throw new LogMismatch(
      `The database is ahead of the log. ${held}. The log was lost, replaced or restored from an older backup. ` +
        'Restore DATA_DIR and the database from the same moment; nothing was changed.',
    );
  }
  if (appliedIndex < firstIndex - 1) {
    throw new LogMismatch(
      `The database is behind the log's first entry. ${held}, so the entries between are gone. ` +
        'The database was emptied or restored from an older backup: restore DATA_DIR and the database from the same moment; nothing was changed.',
    );
  }
}

/** What the consumer has applied says it; until it has applied a configuration, what the log was begun with. */
function knownConfiguration(
  { configuration }: OpenedLog,
  { membership, appliedIndex }: Pick<LogConsumer<unknown>, 'appliedIndex' | 'membership'>,
): Position & { readonly configuration: Configuration } {
  if (membership !== '') return { index: appliedIndex, term: 0, configuration: parsed(membership, appliedIndex) };
  if (configuration === null) return { index: 0, term: 0, configuration: noMembers([]) };
  const { index, data } = configuration;
  return { index, term: 0, configuration: parsed(Buffer.from(data).toString(), index) };
}

function parsed(text: string, index: number): Configuration {
  try {
    const value: unknown = JSON.parse(text);
    const entry = checkEntry({ type: 'configuration', index: Math.max(index, 1), term: 1, configuration: value });
    if (entry.type === 'configuration') return entry.configuration;
  } catch (error) {
    throw new LogMismatch(
      `The membership kept at index ${index} cannot be read (${String(error)}): ${text}. It was written by another release, or damaged.`,
    );
  }
  throw new LogMismatch(`The membership kept at index ${index} is none: ${text}.`);
}
