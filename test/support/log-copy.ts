import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CommittedEntry } from '@config-guardian/raft-node';
import { openRaftLog } from '@config-guardian/raft-node';
import { StateMachine } from '../../apps/server/src/consensus/state-machine';
import { aFullRegistry } from './every-feature';
import { fastDirectory } from './postgres-directory';

/** The entries after `index` in a node's log. They are read from a copy, so the node may be running, if it is idle. */
export async function entriesAfter(
  index: number,
  dataDir: string,
  nodeId = 'node-1',
): Promise<readonly CommittedEntry[]> {
  const directory = mkdtempSync(join(fastDirectory(), 'config-guardian-log-'));
  try {
    const source = join(dataDir, 'log');
    for (const name of readdirSync(source)) {
      if (name.endsWith('.wal')) cpSync(join(source, name), join(directory, name));
    }
    const onFatal = (error: Error): void => {
      throw error;
    };
    const log = await openRaftLog<null>({ directory, nodeId, onFatal });
    const { lastIndex } = log.status();
    const entries: CommittedEntry[] = [];
    await log.start({
      membership: '',
      get appliedIndex() {
        return entries.at(-1)?.index ?? index;
      },
      apply: (taken) =>
        taken.map((entry) => (entries.push({ ...entry, data: entry.data && Buffer.from(entry.data) }), null)),
      ready: () => Promise.resolve(),
    });
    await log.stop();
    // Opening it began a term of its own, in the copy.
    return entries.filter((entry) => entry.index <= lastIndex);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Replays a node's log from its first entry, and knows what the state was at each index. */
export class Replay {
  readonly machine = new StateMachine(aFullRegistry());
  readonly #hashes: string[] = [];

  async catchUp(dataDir: string): Promise<void> {
    for (const entry of await entriesAfter(this.machine.position.index, dataDir)) {
      this.machine.apply(entry);
      this.#hashes[entry.index] = Replay.text(this.machine.position.rowHash, this.machine.position.auditHead.hash);
    }
  }

  /** Hash of the rows and head of the audit chain. */
  hashAt(index: number): string | undefined {
    return this.#hashes[index];
  }

  static text(rowHash: unknown, auditHeadHash: unknown): string {
    return `${String(rowHash)} ${String(auditHeadHash)}`;
  }
}
