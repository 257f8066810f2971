import { signingSecret } from '../permission-matrix/actors';

/** What nobody may find where it does not belong, by the name under which a failed test tells of it. */
export type Secrets = ReadonlyMap<string, string>;

export const marked = {
  adminPassword: 'marked-password-of-the-administrator',
  clusterSecret: 'marked-secret-of-the-cluster-0123456789',
  jwtSecret: signingSecret.secret,
  passwordPepper: 'marked-pepper-of-the-passwords-0123456789',
  noticesToken: 'marked-token-of-the-mailer',
  redisPassword: 'marked-password-of-redis',
  databasePassword: 'marked-password-of-the-database',
  otlpHeader: 'marked-token-of-the-collector',
  newPassword: 'marked-password-that-is-new',
  wrongPassword: 'marked-password-that-is-wrong',
  content: 'marked-content-of-a-config',
} as const;

/** A value in the ways in which it may be written. */
function writings(secret: string): ReadonlySet<string> {
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '');
  return new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), base64]);
}

/** The names of the secrets that a text shows. */
export const shownIn = (text: string, secrets: Secrets): readonly string[] =>
  [...secrets].filter(([, secret]) => [...writings(secret)].some((form) => text.includes(form))).map(([name]) => name);
