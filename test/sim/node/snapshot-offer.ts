import { createHash } from 'node:crypto';
import { lineOf, rowTexts } from '../../../apps/server/src/consensus/snapshots/snapshot-lines';
import { encodeManifest } from '../../../libs/raft-node/src/driver/snapshots/manifest';
import type { ChunkRequest, HistoryRequest } from '../../../libs/raft-node/src/driver/snapshots/parts';
import { encodePart } from '../../../libs/raft-node/src/driver/snapshots/parts';
import { PeerError } from '../../../libs/raft-node/src/transport/transport';
import type { Chance } from '../chance';
import type { Truth } from './truth';

export interface OfferedSnapshot {
  readonly id: string;
  readonly index: number;
  readonly current: Buffer;
  /** What the core's message carries. */
  readonly data: Buffer;
}

const nothing = new Uint8Array(0);
const historyTables = ['config_revisions', 'audit_records'];

/** The snapshot that the leader has for the node: its files as another node's would be, from the committed entries. */
export class SnapshotOffer {
  current: OfferedSnapshot | undefined;
  private count = 0;

  constructor(
    private readonly truth: Truth,
    private readonly chance: Chance,
  ) {}

  make(index: number): OfferedSnapshot {
    const { position } = this.truth.at(index)!;
    const rows = this.truth.rowsAt(index);
    const text = ['users', 'command_outcomes'].flatMap((name) => [...rowTexts(name, [...rows.get(name)!.values()])]);
    const current = Buffer.from(lineOf({ format: 1, ...position }) + text.join(''));
    const id = (this.count += 1).toString(16).padStart(16, '0');
    const sha256 = createHash('sha256').update(current).digest('hex');
    const data = encodeManifest({ id, nodeId: 'l', files: [{ name: 'current', size: current.length, sha256 }] });
    return (this.current = { id, index, current, data });
  }

  withdraw(): void {
    this.current = undefined;
  }

  serve(method: string, body: Uint8Array): Uint8Array {
    const request = JSON.parse(Buffer.from(body).toString()) as ChunkRequest & HistoryRequest;
    const offered = this.current;
    if (offered?.id !== request.id) {
      if (method === 'snapshot/chunk' || method === 'snapshot/history') throw new PeerError('snapshot-gone', 'gone');
      return nothing;
    }
    switch (method) {
      case 'snapshot/chunk':
        return encodePart(offered.current.subarray(request.offset, request.offset + this.chance.between(500, 20_000)));
      case 'snapshot/history':
        return this.history(offered.index, request);
      case 'snapshot/done':
        this.withdraw();
        return nothing;
      default:
        return nothing;
    }
  }

  private history(upTo: number, { after, cursor }: HistoryRequest): Uint8Array {
    const table = cursor ?? historyTables[0]!;
    const rows = [...this.truth.rowsAt(upTo).get(table)!.values()].filter((row) => {
      const { index, modIndex } = row as { readonly index?: number; readonly modIndex?: number };
      return (index ?? modIndex ?? 0) > after;
    });
    const next = historyTables[historyTables.indexOf(table) + 1] ?? null;
    return encodePart(Buffer.from([...rowTexts(table, rows)].join('')), next);
  }
}
