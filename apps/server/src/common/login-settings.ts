import { duration, optional, required, text } from './setting-kinds';

export interface NamedSecret {
  readonly kid: string;
  readonly secret: string;
}
export type JwtSecret = NamedSecret;

const namedSecrets = 'kid:secret,kid:secret with different kids and secrets of at least 32 characters';

function parseNamedSecrets(value: string): readonly NamedSecret[] | undefined {
  const secrets = value.split(',').map((part) => {
    const colon = part.indexOf(':');
    // Without a name the secret itself would be the kid, which every token shows.
    return { kid: part.slice(0, Math.max(0, colon)), secret: part.slice(colon + 1) };
  });
  const sound = secrets.every(({ kid, secret }) => /^[A-Za-z0-9._-]{1,64}$/.test(kid) && secret.length >= 32);
  return sound && new Set(secrets.map(({ kid }) => kid)).size === secrets.length ? secrets : undefined;
}

/** One with a user and a password in it is not called by fetch. */
function parseNoticesUrl(value: string): string | undefined {
  if (!/^https?:\/\//.test(value) || !URL.canParse(value)) return undefined;
  const { username, password, hash } = new URL(value);
  return username === '' && password === '' && hash === '' ? value : undefined;
}

const authRules = ['standard', 'strict'] as const;
export type AuthRules = (typeof authRules)[number];

/** Who may come in, and for how long. */
export const loginSettings = {
  adminEmail: required({
    name: 'ADMIN_EMAIL',
    fallback: 'admin@example.com',
    ...text('an e-mail address', /^[^\s@]{1,64}@[^\s@]{1,190}$/),
    meaning: 'The first administrator, made when the cluster is empty.',
  }),
  adminPassword: optional({
    name: 'ADMIN_PASSWORD',
    ...text('8 to 128 characters', /^[^]{8,128}$/),
    secret: true,
    meaning: 'Its password; without it one is generated and kept in DATA_DIR/admin-password (mode 0600).',
  }),
  jwtSecrets: optional({
    name: 'JWT_SECRETS',
    takes: namedSecrets,
    parse: parseNamedSecrets,
    secret: true,
    meaning:
      'The first signs access tokens, all verify them; without it they are derived from CLUSTER_SECRET, or one is generated and kept in DATA_DIR (mode 0600).',
  }),
  passwordPeppers: optional({
    name: 'PASSWORD_PEPPERS',
    takes: namedSecrets,
    parse: parseNamedSecrets,
    secret: true,
    meaning:
      'Kept outside the database, the same on all members: new password hashes are made with the first, which they name, and all verify. Without one of them, those whose hash names it cannot log in.',
  }),
  accessTokenTtlMs: required({
    name: 'ACCESS_TOKEN_TTL',
    fallback: '15m',
    ...duration(1000, 86_400_000, 'from 1s to 1d'),
    meaning: 'How long an access token is good.',
  }),
  refreshTokenTtlMs: required({
    name: 'REFRESH_TOKEN_TTL',
    fallback: '30d',
    ...duration(1000, 31_536_000_000, 'from 1s to 365d'),
    meaning: 'How long a refresh token is good.',
  }),
  authRules: required({
    name: 'AUTH_RULES',
    fallback: 'standard',
    takes: authRules.join(' or '),
    parse: (value): AuthRules | undefined => authRules.find((rules) => rules === value),
    meaning:
      'strict, as OWASP ASVS level 2 asks: passwords of 12 characters and more and no common ones; a login lasts 12 hours, 30 minutes without a renewal; its access tokens end with it. The same on all members.',
  }),
  securityNoticesUrl: optional({
    name: 'SECURITY_NOTICES_URL',
    takes: 'a URL such as https://mail.internal/notices?token=..., without user and fragment',
    parse: parseNoticesUrl,
    secret: true,
    meaning:
      'Is sent a POST when the password or the e-mail address of a user was changed, or a refresh token was used twice: for what mails it to the user. Nobody is told without a value.',
  }),
} as const;
