import { defineEvent } from '../consensus/domain-event';
import type { PublicUser } from './user.rules';

export const userCreated = defineEvent('user.created')<{ readonly user: PublicUser }>();
export const userUpdated = defineEvent('user.updated')<{ readonly user: PublicUser }>();
export const userDeleted = defineEvent('user.deleted')<{ readonly userId: string }>();
