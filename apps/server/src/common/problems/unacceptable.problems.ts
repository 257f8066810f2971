import type { Problem } from './problem';

/** What is asked too much, too often, or with a content that is refused. */
export const unacceptableProblems = {
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
} as const satisfies Record<string, Problem>;
