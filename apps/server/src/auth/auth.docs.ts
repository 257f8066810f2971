import { Header, applyDecorators } from '@nestjs/common';
import { Problems } from '../common/http/api-docs';
import type { ProblemCode } from '../common/problems';

/** RFC 6749, section 5.1: answers with tokens are kept by nobody. */
export const NoStore = () => Header('Cache-Control', 'no-store');

export const CredentialProblems = (...codes: readonly ProblemCode[]) =>
  applyDecorators(
    Problems(
      'malformed-json',
      'validation-failed',
      'request-timeout',
      'payload-too-large',
      'unsupported-media-type',
      'value-not-representable',
      'rate-limited',
      'internal-error',
      'no-leader',
      'not-ready',
      'overloaded',
      'timeout',
      'outcome-unknown',
      ...codes,
    ),
  );
