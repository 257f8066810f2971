import { reject } from '../common/rejected';
import type { StateView } from '../consensus/state/state';
import type { WritableState } from '../consensus/state/staging';
import type { RoleName } from '../roles/role.entity';
import { roleIn } from '../roles/role.rules';
import type { ApiKeyEntity } from './api-key.entity';
import type { ProjectEntity } from './project.entity';
import { apiKeys, projects } from './projects.table';

/** The plain shape of a project, which may be shown, kept and told: its key is not in it. */
export type ProjectRow = Pick<ProjectEntity, keyof ProjectEntity>;
/** A project as one user sees it. */
export type ProjectView = ProjectRow & { readonly myRole: RoleName | null };

export function requireProject(state: StateView, projectId: string): ProjectEntity {
  return state.of(projects).get(projectId) ?? reject('project-not-found');
}

export function requireFreeProjectName(state: StateView, name: string, exceptProjectId?: string): void {
  const holder = state.of(projects).find('name', name);
  if (holder && holder.id !== exceptProjectId) reject('name-taken', 'Another project has this name.');
}

export const seenBy = (state: StateView, userId: string | null, project: ProjectRow): ProjectView => ({
  ...project,
  myRole: userId === null ? null : roleIn(state, project.id, userId),
});

/** So many replaced keys of a project may be in their grace period together; a further one ends the oldest. */
export const maxKeysInGrace = 4;

/** Those that end last first. The hash decides between equals: the order must be the same on every node. */
function byEnd(a: ApiKeyEntity, b: ApiKeyEntity): number {
  const [endOfA, endOfB] = [`${a.expiresAt} ${a.hash}`, `${b.expiresAt} ${b.hash}`];
  return endOfA > endOfB ? -1 : endOfA < endOfB ? 1 : 0;
}

/**
 * Replaces the project's key. Without grace every older key ends now; with it the current one goes on until `endsAt`,
 * and those replaced before keep the end that they were promised.
 */
export function retireApiKeys(
  state: WritableState,
  projectId: string,
  endsAt: string | null,
  { at, index }: { readonly at: string; readonly index: number },
): void {
  const keys = state.of(apiKeys);
  const held = [...keys.list('byProject', [projectId])];
  const current = held.filter(({ expiresAt }) => expiresAt === null);
  const inGrace = held.filter(({ expiresAt }) => expiresAt !== null && expiresAt > at).sort(byEnd);
  const kept = endsAt === null ? [] : inGrace.slice(0, maxKeysInGrace - current.length);
  for (const key of held) if (!kept.includes(key)) keys.delete(key.hash);
  if (endsAt !== null) for (const key of current) keys.put({ ...key, expiresAt: endsAt, modIndex: index });
}
