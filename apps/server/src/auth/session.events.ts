import { defineEvent } from '../consensus/domain-event';

interface SessionEvent {
  readonly familyId: string;
  readonly userId: string;
}

export const sessionBegun = defineEvent('session.begun')<SessionEvent>();
export const sessionRenewed = defineEvent('session.renewed')<SessionEvent>();
export const sessionEnded = defineEvent('session.ended')<
  SessionEvent & { readonly reason: 'logout' | 'reuse' | 'displaced' | 'expired' }
>();
