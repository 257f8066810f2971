/**
 * Every problem this service answers with: its HTTP status, a title and what to do about it. The catalogue is served
 * at /problems/<code>, feeds the OpenAPI document, and is the closed set of codes a `Rejected` may carry.
 */
interface Problem {
  readonly status: number;
  readonly title: string;
  /** Shown on the page of the problem: when it happens and what the caller can do. */
  readonly explanation: string;
}

const catalogue = {
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
  'version-conflict': {
    status: 409,
    title: 'Somebody else was faster',
    explanation:
      'The resource is no longer what the request expects (409 for expectedVersion, 412 for If-Match). "currentVersion" of a config or a schema, and with 412 the header ETag, is what it is now: read it, merge your change and try again.',
  },
  'email-taken': {
    status: 409,
    title: 'The e-mail is taken',
    explanation: 'Another user has this e-mail. E-mails are compared in lower case.',
  },
  'key-taken': {
    status: 409,
    title: 'The key is taken',
    explanation: 'The project already has a config with this key. Update it instead.',
  },
  'name-taken': {
    status: 409,
    title: 'The name is taken',
    explanation: 'Another one has this name. Choose another name.',
  },
  'role-exists': {
    status: 409,
    title: 'The user already has a role here',
    explanation: 'A user holds one role in a project. Change it with PATCH.',
  },
  'schema-id-taken': {
    status: 409,
    title: 'Another schema has this $id',
    explanation: 'References between schemas are resolved by $id, so an $id can be stored once.',
  },
  'schema-in-use': {
    status: 409,
    title: 'The schema is in use',
    explanation: 'Configs use this schema or other schemas refer to it. Move them first.',
  },
  'schema-breaks-configs': {
    status: 409,
    title: 'Configs would no longer be valid',
    explanation:
      'Some configs would break the new schema; "breaks" names them. POST .../impact shows the same without changing anything.',
  },
  'last-admin': {
    status: 409,
    title: 'This is the last system administrator',
    explanation: 'At least one system administrator must remain. Appoint another one first.',
  },
  'last-voter': {
    status: 409,
    title: 'The last voter must stay',
    explanation: 'Without a voter the cluster could never decide anything again. Add or promote another node first.',
  },
  'node-id-used': {
    status: 409,
    title: 'The node id was used before',
    explanation:
      'A node id belongs to one life of one disk. A node whose disk was emptied, or that was removed, joins again under a new NODE_ID.',
  },
  'quorum-at-risk': {
    status: 409,
    title: 'Too few voters would be left that live',
    explanation:
      'Without this voter those that can be reached would be no majority, and nothing could be decided any more. Bring the dead ones back, or remove them first.',
  },
  'node-not-joinable': {
    status: 409,
    title: 'There is no such node to take in',
    explanation:
      'At the address no empty node of this id waits to be taken in. Start it with an empty data directory, CLUSTER_JOIN and the CLUSTER_SECRET of the cluster; the detail says what was found.',
  },
  'cluster-not-empty': {
    status: 409,
    title: 'The cluster is not empty',
    explanation:
      'A backup is restored into a new cluster of one node in which there are no projects, schemas or configs, and no user but the first administrator. The detail says what there is.',
  },
  'membership-change-pending': {
    status: 409,
    title: 'A membership change is under way',
    explanation: 'One change of members at a time. Wait until the last one is committed.',
  },
  'payload-too-large': {
    status: 413,
    title: 'The body is too large',
    explanation:
      'The detail names the limit. Operators set it with MAX_REQUEST_BYTES, MAX_CONTENT_BYTES and MAX_SCHEMA_BYTES.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The media type is not supported',
    explanation: 'Bodies are JSON: send Content-Type: application/json, in UTF-8 and not compressed in an unknown way.',
  },
  'content-invalid': {
    status: 422,
    title: 'The content breaks its schema',
    explanation:
      'Each entry of "errors" names a place in the content, the keyword that it breaks and what was expected.',
  },
  'schema-invalid': {
    status: 422,
    title: 'The schema is not valid',
    explanation:
      'The content is no JSON Schema of a supported draft (draft-04, -06, -07, 2019-09, 2020-12), cannot be compiled within the limits, or refers to a schema that is not stored.',
  },
  'validation-cut-off': {
    status: 422,
    title: 'Checking took too long',
    explanation:
      'Checking this content against its schema needs more computing (a second, and five to compile the schema) or memory than it may, so nothing was changed. Usually a regular expression in the schema needs exponential time. A machine that is busy with others is no reason: that is 503 overloaded.',
  },
  'backup-invalid': {
    status: 422,
    title: 'The backup is not whole',
    explanation:
      'What was sent is no backup of this service, or it was cut off or changed, or it needs a newer release. The detail says what is wrong with it. Nothing was touched.',
  },
  'value-not-representable': {
    status: 422,
    title: 'A value would change silently',
    explanation:
      'The JSON holds something that JavaScript clients would read differently: a number that loses precision, a member named twice, a lone surrogate, a NUL in a name, or too many levels. Each entry of "errors" names the place.',
  },
  'idempotency-mismatch': {
    status: 422,
    title: 'The Idempotency-Key was used for another request',
    explanation: 'A key names one request. Use a new key for a new request.',
  },
  'version-required': {
    status: 428,
    title: 'A precondition is required',
    explanation: 'Say which version you change: expectedVersion, or If-Match with the ETag that you read.',
  },
  'rate-limited': {
    status: 429,
    title: 'Too many requests',
    explanation: 'Wait for the number of seconds in Retry-After.',
  },
  'headers-too-large': {
    status: 431,
    title: 'The headers are too large',
    explanation: 'The request line and the headers together may have 16 KiB. The connection is closed.',
  },
  'internal-error': {
    status: 500,
    title: 'Something went wrong here',
    explanation:
      'The server met a case that it was not written for. Nothing of the inside is shown; the request id finds the details in the log.',
  },
  'no-leader': {
    status: 503,
    title: 'There is no leader',
    explanation:
      'The cluster is electing a leader or has lost its majority. Nothing was written. Try again after Retry-After.',
  },
  'not-ready': {
    status: 503,
    title: 'The node is not ready',
    explanation:
      'The node is starting, stopping, or its database is away and this request needs it. Nothing was written.',
  },
  overloaded: {
    status: 503,
    title: 'The node is overloaded',
    explanation:
      'A queue is full, or the machine is too busy to check the content in time. Nothing was written. Try again after Retry-After.',
  },
  'too-stale': {
    status: 503,
    title: 'The state is older than you allow',
    explanation: 'This node cannot prove that its state is younger than maxStaleness. Try again, or ask another node.',
  },
  'index-not-reached': {
    status: 503,
    title: 'The index is not reached yet',
    explanation: 'This node has not applied minIndex in time. Try again, or ask another node.',
  },
  timeout: {
    status: 503,
    title: 'It took too long',
    explanation: 'The read did not end within REQUEST_TIMEOUT. Nothing was written.',
  },
  'outcome-unknown': {
    status: 504,
    title: 'The outcome is unknown',
    explanation:
      'The change was proposed but not confirmed in time; it may still happen. Repeat the request with the same Idempotency-Key to learn the outcome.',
  },
} as const satisfies Record<string, Problem>;

export type ProblemCode = keyof typeof catalogue;
export const problems: Readonly<Record<ProblemCode, Problem>> = catalogue;
export const problemCodes = Object.keys(catalogue) as readonly ProblemCode[];
