import { Column } from 'typeorm';
import { safeInteger, timestamp } from './columns';

/** Who changed a row, when, and at which log index. The values come from the log, never from the database. */
export abstract class StampedEntity {
  @Column({ ...safeInteger, name: 'mod_index', comment: 'Log index of the last change.' })
  readonly modIndex: number;

  @Column({ ...timestamp, name: 'created_at' })
  readonly createdAt: string;

  @Column({
    name: 'created_by',
    type: 'text',
    nullable: true,
    comment: 'User id; null for the node itself. No foreign key: the user may be gone.',
  })
  readonly createdBy: string | null;

  @Column({ ...timestamp, name: 'updated_at' })
  readonly updatedAt: string;

  @Column({ name: 'updated_by', type: 'text', nullable: true })
  readonly updatedBy: string | null;
}
