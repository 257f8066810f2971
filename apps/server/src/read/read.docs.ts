import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiHeader, ApiOperation, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { age, Problems } from '../common/http/api-docs';
import { ReadConfigDto, ReadSnapshotDto } from './read.dto';

const headers = {
  ETag: { description: 'For If-None-Match.', schema: { type: 'string' as const } },
  'X-Config-Index': { description: 'The log index that the answer reflects.', schema: { type: 'integer' as const } },
  ...age,
  'Content-Encoding': {
    description: 'gzip or br where the caller takes it and the body is larger than 1 KiB. Each has an ETag of its own.',
    schema: { type: 'string' as const },
  },
  'Cache-Control': {
    description: 'private, no-cache: ask again with If-None-Match.',
    schema: { type: 'string' as const },
  },
};

const config = { $ref: getSchemaPath(ReadConfigDto) };
const snapshot = { $ref: getSchemaPath(ReadSnapshotDto) };
const raw = { description: 'With raw=true: the bare content, any JSON value.' };

const shapes = {
  config: [config, raw],
  snapshot: [snapshot],
  either: [config, raw, snapshot],
} as const;

/** None where the path holds the key; either of the two where it may. */
const security: Readonly<Record<ReadRouteDocs['credential'], Record<string, string[]>[]>> = {
  header: [{ apiKey: [] }],
  path: [],
  either: [{}, { apiKey: [] }],
};

export interface ReadRouteDocs {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly answers: keyof typeof shapes;
  /** Where the API key is. */
  readonly credential: 'header' | 'path' | 'either';
}

/** Documents one route of the read API. */
export function ReadRoute({ operationId, summary, description, answers, credential }: ReadRouteDocs) {
  const schema = answers === 'snapshot' ? snapshot : { anyOf: [...shapes[answers]] };
  return applyDecorators(
    ApiExtraModels(ReadConfigDto, ReadSnapshotDto),
    ApiOperation({ operationId, summary, description, security: security[credential] }),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'The ETag of an earlier answer, in whichever coding it came: 304 when it still holds.',
      schema: { type: 'string' },
    }),
    ApiResponse({ status: 200, description: 'OK', headers, content: { 'application/json': { schema } } }),
    ApiResponse({ status: 304, description: 'The ETag in If-None-Match still holds; no body.', headers }),
    Problems(
      'validation-failed',
      'invalid-api-key',
      ...(answers === 'snapshot' ? [] : (['config-not-found'] as const)),
      'rate-limited',
      'internal-error',
      'no-leader',
      'not-ready',
      'overloaded',
      'too-stale',
      'index-not-reached',
      'timeout',
    ),
  );
}
