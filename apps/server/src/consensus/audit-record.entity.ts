import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { safeInteger, timestamp } from '../database/columns';

/** One line of the audit chain: every applied command, accepted or rejected, in log order. */
@Entity({ name: 'audit_records', comment: 'One line per applied command, chained by hash; append-only.' })
@Index('audit_records_by_project', ['projectId', 'index'])
@Index('audit_records_by_actor', ['actorId', 'index'])
@Index('audit_records_by_command', ['command', 'index'])
@Index('audit_records_by_time', ['at', 'index'])
export class AuditRecordEntity {
  @PrimaryColumn({ ...safeInteger, comment: 'Log index of the command.' })
  readonly index: number;

  @Column({ ...timestamp, comment: "The entry's time, stamped by the leader." })
  readonly at: string;

  @Column({ name: 'actor_id', type: 'text', nullable: true, comment: 'The user who asked; null for the node itself.' })
  readonly actorId: string | null;

  @Column({ name: 'request_id', type: 'text', comment: 'X-Request-Id of the request.' })
  readonly requestId: string;

  @Column({ type: 'text', comment: 'type@version of the command.' })
  readonly command: string;

  @Column({ name: 'subject_type', type: 'text' })
  readonly subjectType: string;

  @Column({ name: 'subject_id', type: 'text' })
  readonly subjectId: string;

  @Column({ name: 'project_id', type: 'text', nullable: true })
  readonly projectId: string | null;

  @Column({ type: 'text', comment: 'applied or rejected.' })
  readonly outcome: 'applied' | 'rejected';

  @Column({ type: 'text', nullable: true, comment: 'Problem code of a rejection.' })
  readonly code: string | null;

  @Column({ type: 'text', comment: 'One sentence for a person.' })
  readonly summary: string;

  @Column({ name: 'version_before', type: 'integer', nullable: true })
  readonly versionBefore: number | null;

  @Column({ name: 'version_after', type: 'integer', nullable: true })
  readonly versionAfter: number | null;

  @Column({ name: 'previous_hash', type: 'text', comment: 'Hash of the record before, 64 zeros for the first.' })
  readonly previousHash: string;

  @Column({ type: 'text', comment: 'SHA-256 over the previous hash and all other columns.' })
  readonly hash: string;
}
