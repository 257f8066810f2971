import { defineEvent } from '../consensus/domain-event';
import type { ConfigEntity } from './config.entity';

/** The configs of a deleted project go without events of their own: `project.deleted` tells. */
export const configCreated = defineEvent('config.created')<{ readonly config: ConfigEntity }>();
export const configUpdated = defineEvent('config.updated')<{ readonly config: ConfigEntity }>();
export const configRolledBack = defineEvent('config.rolled-back')<{
  readonly config: ConfigEntity;
  readonly targetVersion: number;
}>();
/** `config` is what it was last; `version` is the version of the deletion. */
export const configDeleted = defineEvent('config.deleted')<{
  readonly config: ConfigEntity;
  readonly version: number;
}>();
