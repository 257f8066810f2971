import type { CommittedEntry } from '@config-guardian/raft-node';
import { EntryTraces } from './entry-traces';
import type { WrittenBatch } from './persister-options';

export type SnapshotWay = 'taken' | 'installed';

/** What can be measured of a node while it works. Whoever counts puts itself in the place of what counts nothing. */
export class NodeObservation {
  readonly traces = new EntryTraces();
  onSync: (seconds: number) => void = nothing;
  onBatch: (seconds: number, entries: number) => void = nothing;
  onBarrier: (level: string, outcome: 'passed' | 'refused', seconds: number) => void = nothing;
  onLeaderChange: () => void = nothing;
  onRound: (seconds: number) => void = nothing;
  onSnapshot: (way: SnapshotWay, seconds: number, bytes: number) => void = nothing;

  /** The log writes these entries now; what comes back is called when they are durable. */
  writing(entries: readonly Pick<CommittedEntry, 'index' | 'data'>[]): () => void {
    const startedAt = performance.now();
    this.traces.writing(entries, startedAt);
    return () => {
      this.onSync((performance.now() - startedAt) / 1000);
      this.traces.written(entries, startedAt);
    };
  }

  written(batch: WrittenBatch): void {
    this.onBatch((performance.now() - batch.startedAt) / 1000, batch.to - batch.from);
    this.traces.persisted(batch);
  }
}

const nothing = (): void => undefined;
