import type { ProblemCode } from '../common/problems';

/** What a route that reads a body but writes nothing may answer about the body. */
export const bodyProblems: readonly ProblemCode[] = [
  'malformed-json',
  'request-timeout',
  'payload-too-large',
  'unsupported-media-type',
  'value-not-representable',
];
