import { clusterMembers } from '../cluster/cluster-members.table';
import { reject } from '../common/rejected';
import { configs } from '../configs/configs.table';
import type { StateView } from '../consensus/state/state';
import { projects } from '../projects/projects.table';
import { schemas } from '../schemas/schemas.table';
import { users } from '../users/users.table';

const many = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;

/**
 * Rejects unless nothing would be lost if the whole state were replaced: a cluster of one node in which nobody has made
 * anything, and the first administrator is the only user. `members` are those of the configuration in force.
 */
export function requireEmptyCluster(state: StateView, members: number): void {
  const wanted = [...state.of(clusterMembers).all()].filter(({ standing }) => standing !== 'removed').length;
  const found = [
    [Math.max(members, wanted), 1, 'member'],
    [state.of(projects).size, 0, 'project'],
    [state.of(schemas).size, 0, 'schema'],
    [state.of(configs).size, 0, 'config'],
    [state.of(users).size, 1, 'user'],
  ] as const;
  const tooMany = found.filter(([count, allowed]) => count > allowed);
  if (tooMany.length === 0) return;
  const what = tooMany.map(([count, , thing]) => many(count, thing)).join(', ');
  reject('cluster-not-empty', `The cluster has ${what}. A backup is restored into a new cluster of one node.`);
}
