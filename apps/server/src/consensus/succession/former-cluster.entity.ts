import { Column, Entity, PrimaryColumn } from 'typeorm';
import { safeInteger } from '../../database/columns';
import { StampedEntity } from '../../database/stamped.entity';

/** How the state of one cluster became that of the next. */
export type Succession = 'restored' | 'recovered';

@Entity({
  name: 'former_clusters',
  comment: 'The clusters whose state this one goes on with, and which of their indexes are not part of it.',
})
export class FormerClusterEntity extends StampedEntity {
  @PrimaryColumn({ name: 'cluster_id', type: 'text' })
  readonly clusterId: string;

  @Column({ type: 'text', comment: 'restored from a backup, or recovered after a lost quorum.' })
  readonly succession: Succession;

  @Column({ ...safeInteger, name: 'last_index', comment: 'Log index up to which its state was taken over.' })
  readonly lastIndex: number;

  @Column({ ...safeInteger, name: 'next_index', comment: 'Log index of the first entry of the cluster that followed.' })
  readonly nextIndex: number;
}
