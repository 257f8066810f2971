import { Column, Entity, PrimaryColumn } from 'typeorm';
import { safeInteger, timestamp } from '../database/columns';

/** Exactly one row: how far this database has come, and whose it is. Moved in the transaction of every batch. */
@Entity({
  name: 'raft_meta',
  comment: 'One row: the replicated values that are no table, and the identity of the node that owns this database.',
})
export class RaftMetaEntity {
  @PrimaryColumn({ type: 'integer', comment: 'Always 1.' })
  readonly id: number;

  @Column({ name: 'cluster_id', type: 'text' })
  readonly clusterId: string;

  @Column({ name: 'node_id', type: 'text' })
  readonly nodeId: string;

  @Column({ type: 'text', comment: 'Random part of the member that owns this database.' })
  readonly incarnation: string;

  @Column({ ...safeInteger, name: 'applied_index' })
  readonly appliedIndex: number;

  @Column({ ...safeInteger, name: 'applied_term' })
  readonly appliedTerm: number;

  @Column({ ...timestamp, name: 'last_at', comment: 'Time of the last applied entry.' })
  readonly lastAt: string;

  @Column({ name: 'row_hash', type: 'text', comment: 'Running hash over all current rows.' })
  readonly rowHash: string;

  @Column({ ...safeInteger, name: 'audit_head_index' })
  readonly auditHeadIndex: number;

  @Column({ name: 'audit_head_hash', type: 'text' })
  readonly auditHeadHash: string;

  @Column({
    name: 'cluster_version',
    type: 'integer',
    comment: 'Which command versions and hashed columns are in force.',
  })
  readonly clusterVersion: number;

  @Column({ type: 'text', comment: 'JSON: the members at the applied index.' })
  readonly membership: string;
}
