import { defineEvent } from '../consensus/domain-event';
import type { RoleEntity } from './role.entity';

export const roleGranted = defineEvent('role.granted')<{ readonly role: RoleEntity }>();
export const roleChanged = defineEvent('role.changed')<{ readonly role: RoleEntity }>();
export const roleRevoked = defineEvent('role.revoked')<{ readonly projectId: string; readonly userId: string }>();
