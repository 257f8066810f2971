import { reject } from '../../common/rejected';
import type { StateView } from '../state/state';
import { defineTable } from '../state/table-definition';
import { FormerClusterEntity } from './former-cluster.entity';

export const formerClusters = defineTable<FormerClusterEntity>()({
  name: 'former_clusters',
  entity: FormerClusterEntity,
  key: ['clusterId'],
});

/** Rejects for an index that a former cluster gave to a write which is not part of this state. */
export function refuseLost(state: StateView, index: number): void {
  for (const { clusterId, succession, lastIndex, nextIndex } of state.of(formerClusters).all()) {
    if (index <= lastIndex || index >= nextIndex) continue;
    const what = `${index} was given by the former cluster ${clusterId}, of which this one has the state up to ${lastIndex}`;
    reject('index-not-reached', `${what} (${succession}): what was written there is not in it. Read without minIndex.`);
  }
}
