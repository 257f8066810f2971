import type { Feature } from '../consensus/command.registry';
import { beginSession } from './commands/begin-session.command';
import { endSession } from './commands/end-session.command';
import { purgeExpiredSessions } from './commands/purge-expired-sessions.command';
import { renewSession } from './commands/renew-session.command';

/** The table of refresh families is registered by users, whose changes end logins. */
export const authFeature: Feature = {
  commands: [beginSession, renewSession, endSession, purgeExpiredSessions],
};
