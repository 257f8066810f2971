import type { Actor } from './actors';
import { actorNames } from './actors';

export type Verdict =
  | 'allowed'
  | 'forbidden'
  /** 404: there is no such project for somebody without a role in it. */
  | 'hidden'
  | 'unauthenticated'
  | 'token-expired';
export type Rule = Readonly<Record<Actor, Verdict>>;

const noTokens = {
  nobody: 'unauthenticated',
  'expired token': 'token-expired',
  'deleted user': 'unauthenticated',
} as const;
const verdicts = (
  ...[admin, projectAdmin, editor, viewer, stranger]: readonly [Verdict, Verdict, Verdict, Verdict, Verdict]
): Rule => ({ 'system admin': admin, 'project admin': projectAdmin, editor, viewer, stranger, ...noTokens });

export const anybody = Object.fromEntries(actorNames.map((actor) => [actor, 'allowed'])) as Rule;
export const anyUser = verdicts('allowed', 'allowed', 'allowed', 'allowed', 'allowed');
export const systemAdmin = verdicts('allowed', 'forbidden', 'forbidden', 'forbidden', 'forbidden');
/** The user in question is the viewer. */
export const theViewer = verdicts('allowed', 'forbidden', 'forbidden', 'allowed', 'forbidden');
export const members = verdicts('allowed', 'allowed', 'allowed', 'allowed', 'hidden');
export const editors = verdicts('allowed', 'allowed', 'allowed', 'forbidden', 'hidden');
export const projectAdmins = verdicts('allowed', 'allowed', 'forbidden', 'forbidden', 'hidden');
export const systemAdminOfProject = verdicts('allowed', 'forbidden', 'forbidden', 'forbidden', 'hidden');
