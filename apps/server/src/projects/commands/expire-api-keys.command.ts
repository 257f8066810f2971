import { defineCommand, theSystem } from '../../consensus/command';
import { apiKeysExpired } from '../project.events';
import { apiKeys } from '../projects.table';

export interface ExpireApiKeys {
  readonly projectId: string;
}

/** Ends the replaced keys of a project whose grace period is over: on every node at the same place in the log. */
export const expireApiKeys = defineCommand<ExpireApiKeys, { readonly expired: number }>({
  type: 'api-key.expire',
  version: 1,
  requires: theSystem,
  apply(state, { projectId }, { at }) {
    const keys = state.of(apiKeys);
    const over = [...keys.list('byProject', [projectId])].filter(
      ({ expiresAt }) => expiresAt !== null && expiresAt <= at,
    );
    for (const { hash } of over) keys.delete(hash);
    if (over.length > 0) state.emit(apiKeysExpired({ projectId, expired: over.length }));
    return { expired: over.length };
  },
  audit: ({ projectId }, result) => ({
    subject: { type: 'project', id: projectId, projectId },
    summary: `end ${result?.expired ?? 0} replaced API keys, whose grace period is over`,
  }),
});
