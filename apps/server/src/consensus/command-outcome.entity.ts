import { Column, Entity, PrimaryColumn } from 'typeorm';
import { safeInteger } from '../database/columns';

/** The first outcome of a command, kept for as long as the exactly-once window reaches back. */
@Entity({ name: 'command_outcomes', comment: 'The exactly-once window: the first outcome of each recent command.' })
export class CommandOutcomeEntity {
  @PrimaryColumn({ ...safeInteger, comment: 'Log index of the command.' })
  readonly index: number;

  @Column({ name: 'command_id', type: 'text', comment: 'Random, or derived from actor and Idempotency-Key.' })
  readonly commandId: string;

  @Column({ type: 'text', comment: 'Hash of method, path and body.' })
  readonly fingerprint: string;

  @Column({
    type: 'text',
    comment: 'JSON: {status:"applied",result} or {status:"rejected",code,detail}; no content, no secret.',
  })
  readonly outcome: string;
}
