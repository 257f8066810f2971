import type { CommittedEntry } from '@config-guardian/raft-node';
import type { CommandRegistry } from '../../../apps/server/src/consensus/command.registry';
import type { StatePosition } from '../../../apps/server/src/consensus/state-machine';
import { StateMachine } from '../../../apps/server/src/consensus/state-machine';
import type { RowChange } from '../../../apps/server/src/consensus/state/staging';
import type { TableLayout } from '../../../apps/server/src/database/table-layout';
import type { Schema, StoredRow, Tables } from './database/tables';

interface Step {
  readonly entry: CommittedEntry;
  readonly changes: readonly RowChange[];
  readonly position: StatePosition;
  readonly membership: string;
  readonly hash: string;
}

type Rows = Map<string, Map<string, object>>;

/** The committed entries, and what a state machine makes of them that was never interrupted. */
export class Truth {
  private readonly machine: StateMachine;
  private readonly steps: Step[] = [];

  constructor(
    registry: CommandRegistry,
    private readonly schema: Schema,
    readonly windowLength: number,
  ) {
    this.machine = new StateMachine(registry, { windowLength });
  }

  get lastIndex(): number {
    return this.steps.length;
  }

  at(index: number): Step | undefined {
    return this.steps[index - 1];
  }

  commit(entry: CommittedEntry): void {
    const { changes } = this.machine.apply(entry);
    const { position, membership, hash } = this.machine;
    this.steps.push({ entry, changes, position, membership, hash });
  }

  isSame(entry: CommittedEntry): boolean {
    const known = this.at(entry.index)?.entry;
    const bytes = (data: Uint8Array | null): string => (data === null ? '' : Buffer.from(data).toString('latin1'));
    return known !== undefined && known.term === entry.term && bytes(known.data) === bytes(entry.data);
  }

  /** The rows at `index`, by replaying everything up to there. */
  rowsAt(index: number): Rows {
    const rows: Rows = new Map([...this.schema.keys()].map((name) => [name, new Map()]));
    for (const { changes } of this.steps.slice(0, index)) {
      for (const { table, key, after } of changes) {
        if (after === undefined) rows.get(table.name)!.delete(key);
        else rows.get(table.name)!.set(key, after);
      }
    }
    const outcomes = rows.get('command_outcomes')!;
    for (const [key, row] of outcomes) {
      if ((row as { readonly index: number }).index <= index - this.windowLength) outcomes.delete(key);
    }
    return rows;
  }

  /** The first difference between what the database holds and a replay up to where it says it stands. */
  differenceOf(tables: Tables, count: (rows: number) => void): string | undefined {
    const meta = tables.of('raft_meta').get('1');
    const index = Number(meta?.applied_index ?? 0);
    const faultOfMeta = meta && this.metaFault(meta, index);
    if (faultOfMeta !== undefined) return faultOfMeta;
    for (const [name, rows] of this.rowsAt(index)) {
      if (name === 'raft_meta') continue;
      const stored = tables.of(name);
      const layout = this.schema.get(name)!;
      if (stored.size !== rows.size) return `${name} has ${stored.size} rows at index ${index} instead of ${rows.size}`;
      for (const [key, row] of rows) {
        const fault = rowFault(layout, stored.get(key), row);
        if (fault !== undefined) return `${name} ${key} at index ${index}: ${fault}`;
      }
      count(rows.size);
    }
    return undefined;
  }

  private metaFault(meta: StoredRow, index: number): string | undefined {
    const step = this.at(index);
    if (index === 0) return undefined;
    if (step === undefined) return `the database stands at ${index}, and only ${this.lastIndex} entries are committed`;
    const { position, membership } = step;
    const expected = {
      applied_term: String(position.term),
      last_at: new Date(position.lastAtMs).toISOString(),
      row_hash: position.rowHash,
      audit_head_index: String(position.auditHead.index),
      audit_head_hash: position.auditHead.hash,
      membership,
    };
    for (const [name, value] of Object.entries(expected)) {
      if (meta[name] !== value) return `raft_meta.${name} at index ${index} is ${meta[name]} instead of ${value}`;
    }
    return undefined;
  }
}

function rowFault(layout: TableLayout, stored: StoredRow | undefined, row: object): string | undefined {
  if (stored === undefined) return 'is missing';
  for (const { property, name, toDatabase } of layout.columns) {
    const held = (row as Readonly<Record<string, unknown>>)[property];
    const value = toDatabase ? toDatabase(held) : held;
    const text = value === null || value === undefined ? null : String(value);
    if (stored[name] !== text) return `${name} is ${stored[name]} instead of ${text}`;
  }
  return undefined;
}
