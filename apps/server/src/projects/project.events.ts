import { defineEvent } from '../consensus/domain-event';
import type { ProjectEntity } from './project.entity';

export const projectCreated = defineEvent('project.created')<{ readonly project: ProjectEntity }>();
export const projectUpdated = defineEvent('project.updated')<{ readonly project: ProjectEntity }>();
/** Its configs, roles and keys are gone with it, without events of their own. */
export const projectDeleted = defineEvent('project.deleted')<{ readonly projectId: string }>();
export const apiKeyRegenerated = defineEvent('api-key.regenerated')<{
  readonly project: ProjectEntity;
  readonly previousKeyExpiresAt: string | null;
}>();
export const apiKeysExpired = defineEvent('api-key.expired')<{
  readonly projectId: string;
  readonly expired: number;
}>();
