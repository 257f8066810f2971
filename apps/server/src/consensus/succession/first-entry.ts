import type { LogEntry } from '@config-guardian/raft-node';
import { commandEntry } from '@config-guardian/raft-node';
import { encodeEnvelope } from '../envelope';
import type { StatePosition } from '../state-machine';
import type { ClusterSuccession } from './succeed-cluster.command';
import { succeedCluster } from './succeed-cluster.command';

/** The entry after `standing` with which the new cluster writes down whose state it goes on with. */
export function firstEntry(
  standing: Pick<StatePosition, 'index' | 'term' | 'lastAtMs'>,
  payload: ClusterSuccession,
): LogEntry {
  const { type, version } = succeedCluster;
  const id = `succeed ${payload.clusterId}`;
  const about = { id, requestId: id, fingerprint: id, birthIndex: standing.index, actor: null, trace: null };
  const position = { index: standing.index + 1, term: standing.term };
  return commandEntry(position, standing.lastAtMs, encodeEnvelope({ ...about, type, version, payload }));
}
