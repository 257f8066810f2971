import { defineCommand, theSystem } from '../command';
import { created } from '../stamp';
import type { Succession } from './former-cluster.entity';
import { formerClusters } from './former-clusters.table';

export interface ClusterSuccession {
  /** Of the cluster that is no more. */
  readonly clusterId: string;
  readonly succession: Succession;
  /** The log index up to which its state was taken over. */
  readonly lastIndex: number;
}

/** The first entry of a cluster that goes on with the state of another one. */
export const succeedCluster = defineCommand<ClusterSuccession, null>({
  type: 'cluster.succeed',
  version: 1,
  requires: theSystem,
  apply: (state, succession, context) => {
    state.of(formerClusters).put({ ...succession, nextIndex: context.index, ...created(context) });
    return null;
  },
  audit: ({ clusterId, succession, lastIndex }) => ({
    subject: { type: 'cluster', id: clusterId },
    summary: `This cluster goes on with the state of ${clusterId} at index ${lastIndex}, ${succession}`,
  }),
});
