import { Injectable } from '@nestjs/common';
import { requireConfig } from '../configs/config.rules';
import type { ConfigEntity } from '../configs/config.entity';
import { configs } from '../configs/configs.table';
import { ConsensusService } from '../consensus/consensus.service';
import type { PreparedAnswer, Representation } from './prepared-answers';
import { PreparedAnswers, snapshotText } from './prepared-answers';
import { ProjectEditions } from './project-editions';

/** A snapshot too large to be held as a whole: the rows are never changed, so it stays one snapshot while it is sent. */
export interface LargeSnapshot {
  readonly etag: string;
  readonly index: number;
  readonly rows: readonly ConfigEntity[];
}

/** What the read API answers, synchronously from the current state. */
@Injectable()
export class ReadService {
  constructor(
    private readonly consensus: ConsensusService,
    private readonly editions: ProjectEditions,
    private readonly prepared: PreparedAnswers,
  ) {}

  config(projectId: string, key: string, representation: Representation): PreparedAnswer {
    return this.prepared.config(requireConfig(this.consensus.state, projectId, key), representation);
  }

  snapshot(projectId: string): PreparedAnswer | LargeSnapshot {
    const edition = this.editions.of(projectId);
    const { index } = edition;
    const etag = `"${index}"`;
    const rows = (): readonly ConfigEntity[] => [...this.consensus.state.of(configs).list('byProject', [projectId])];
    return this.prepared.snapshot(edition, etag, index, rows) ?? { etag, index, rows: rows() };
  }

  /** The snapshot as it stands, when it is at hand. */
  heldSnapshot(projectId: string): PreparedAnswer | undefined {
    return this.prepared.heldSnapshot(this.editions.of(projectId));
  }

  /** The text of a snapshot, of these keys or of all, in pieces. */
  snapshotPieces(projectId: string, keys: ReadonlySet<string> | null): Iterable<Buffer | string> {
    if (keys === null) {
      const snapshot = this.snapshot(projectId);
      return 'body' in snapshot ? [snapshot.body] : snapshotText(snapshot.index, snapshot.rows);
    }
    const table = this.consensus.state.of(configs);
    const rows = [...keys].sort().map((key) => table.get(projectId, key));
    const { index } = this.editions.of(projectId);
    return snapshotText(
      index,
      rows.filter((row) => row !== undefined),
    );
  }
}
