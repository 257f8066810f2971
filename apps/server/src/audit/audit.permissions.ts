import type { Permission } from '../consensus/command';

/** System administrators; administrators of the project that the request filters by. Registered by the roles feature. */
export const auditReader: Permission = { rule: 'audit-reader' };

/** System administrators. Registered by the users feature, which this folder must not know. */
export const auditVerifier: Permission = { rule: 'system-admin' };
