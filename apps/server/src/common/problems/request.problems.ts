import type { Problem } from './problem';

/** What is wrong with the request itself, who sends it, or where it leads. */
export const requestProblems = {
  'malformed-json': {
    status: 400,
    title: 'The body is not JSON',
    explanation:
      'The request body could not be parsed as JSON (RFC 8259). The detail names the position. Send UTF-8 JSON with the header Content-Type: application/json.',
  },
  'malformed-request': {
    status: 400,
    title: 'The request is not HTTP',
    explanation:
      'What came over the connection could not be read as an HTTP/1.1 request (RFC 9112), so it reached no route. The detail says what is wrong. The connection is closed, because nobody can tell where the next request would begin.',
  },
  'validation-failed': {
    status: 400,
    title: 'The request is not valid',
    explanation:
      'A field of the body, the query, a header or the path is missing, unknown or wrong. Each entry of "errors" names its place and what is accepted.',
  },
  unauthenticated: {
    status: 401,
    title: 'Authentication is needed',
    explanation:
      'Send "Authorization: Bearer <access token>" with a token from POST /v1/auth/login. A token of a deleted user is no longer one.',
  },
  'invalid-credentials': {
    status: 401,
    title: 'E-mail or password is wrong',
    explanation: 'No user has this e-mail and password. The answer does not tell which of the two is wrong.',
  },
  'token-expired': {
    status: 401,
    title: 'The token has expired',
    explanation:
      'Access tokens are short-lived. Exchange the refresh token at POST /v1/auth/refresh for a new pair, or log in again.',
  },
  'token-reused': {
    status: 401,
    title: 'The refresh token was used twice',
    explanation:
      'A refresh token works once. Seeing one again means that it may have been stolen, so the whole family is revoked: log in again.',
  },
  'invalid-api-key': {
    status: 401,
    title: 'The API key is not valid',
    explanation:
      'The key belongs to no project, was replaced, or its grace period is over. A project administrator can make a new one.',
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    explanation: 'You are known, but your role does not allow this. The detail names the role that is needed.',
  },
  'https-required': {
    status: 403,
    title: 'HTTPS is required',
    explanation:
      'The request came over plain HTTP, and this node takes none. Ask again over https, with another credential: the one that was sent has been readable on the way.',
  },
  'client-certificate-required': {
    status: 403,
    title: 'A certificate is required',
    explanation:
      'The node asks everybody who logs in or uses the admin API for a client certificate of an authority that it trusts. None was shown, or one of another authority, or one that has expired.',
  },
  'route-not-found': {
    status: 404,
    title: 'There is no such route',
    explanation: 'No resource lives at this path. The whole API is described at /docs.',
  },
  'user-not-found': {
    status: 404,
    title: 'There is no such user',
    explanation: 'No user has this id, or you may not see it.',
  },
  'project-not-found': {
    status: 404,
    title: 'There is no such project',
    explanation: 'No project has this id, or you hold no role in it.',
  },
  'role-not-found': {
    status: 404,
    title: 'There is no such role',
    explanation: 'This user holds no role in this project.',
  },
  'schema-not-found': { status: 404, title: 'There is no such schema', explanation: 'No schema has this id.' },
  'schema-version-not-found': {
    status: 404,
    title: 'There is no such schema version',
    explanation: 'The schema exists, but not in this version.',
  },
  'config-not-found': {
    status: 404,
    title: 'There is no such config',
    explanation: 'The project has no config with this key. Its revisions, if it ever had any, are still readable.',
  },
  'revision-not-found': {
    status: 404,
    title: 'There is no such revision',
    explanation: 'The config never had this version, or the version is a deletion and has no content.',
  },
  'member-not-found': {
    status: 404,
    title: 'There is no such member',
    explanation: 'The cluster has no member of this id, or it was removed, or it cannot be what was asked of it.',
  },
  'problem-not-found': {
    status: 404,
    title: 'There is no such problem',
    explanation: 'The catalogue has no problem with this code. All of them are listed at /problems.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'The method is not allowed here',
    explanation: 'The path exists, but not with this method. The Allow header lists those that do.',
  },
  'request-timeout': {
    status: 408,
    title: 'The request did not come in time',
    explanation: 'The server waited for the rest of the headers or of the body and gave up. Nothing was done.',
  },
} as const satisfies Record<string, Problem>;
