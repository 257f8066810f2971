import { applyDecorators } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiExtraModels,
  ApiHeader,
  ApiProperty,
  ApiQuery,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import type { ProblemCode } from '../problems';
import { problems } from '../problems';

export class InputErrorDto {
  @ApiProperty({ required: false, description: 'JSON pointer into the body.', example: '/content/port' })
  readonly pointer?: string;

  @ApiProperty({ required: false, description: 'Name of a query or path parameter.' })
  readonly parameter?: string;

  @ApiProperty({ required: false, description: 'Name of a header.' })
  readonly header?: string;

  @ApiProperty({ required: false, description: 'The rule or JSON Schema keyword that is broken.', example: 'type' })
  readonly keyword?: string;

  @ApiProperty({ example: 'must be integer' })
  readonly message: string;
}

/** RFC 9457. */
export class ProblemDto {
  @ApiProperty({ format: 'uri-reference', example: '/problems/config-not-found' })
  readonly type: string;

  @ApiProperty()
  readonly title: string;

  @ApiProperty({ type: 'integer', example: 404 })
  readonly status: number;

  @ApiProperty()
  readonly detail: string;

  @ApiProperty({ format: 'uri-reference', example: '/v1/projects/p1/configs/app' })
  readonly instance: string;

  @ApiProperty({ example: 'config-not-found' })
  readonly code: string;

  @ApiProperty({ description: 'The X-Request-Id of this answer.' })
  readonly requestId: string;

  @ApiProperty({ required: false, type: [InputErrorDto] })
  readonly errors?: InputErrorDto[];

  @ApiProperty({
    required: false,
    type: 'integer',
    description: 'With version-conflict of a config or a schema; nothing else has a version.',
  })
  readonly currentVersion?: number;

  @ApiProperty({
    required: false,
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: 'With schema-breaks-configs.',
  })
  readonly breaks?: object[];
}

/** What any route may answer besides its own problems. */
const always: readonly ProblemCode[] = [
  'validation-failed',
  'internal-error',
  'no-leader',
  'not-ready',
  'overloaded',
  'timeout',
  'rate-limited',
];
const authenticated: readonly ProblemCode[] = ['unauthenticated', 'token-expired'];
const reading: readonly ProblemCode[] = ['too-stale', 'index-not-reached'];
const writing: readonly ProblemCode[] = [
  'malformed-json',
  'request-timeout',
  'payload-too-large',
  'unsupported-media-type',
  'value-not-representable',
  'outcome-unknown',
];

/** Documents problems, one response a status, with the codes by name. */
export function Problems(...codes: readonly ProblemCode[]) {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of new Set(codes)) {
    const { status } = problems[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  if (byStatus.get(409)?.includes('version-conflict')) byStatus.set(412, ['version-conflict']);
  return applyDecorators(
    ApiExtraModels(ProblemDto),
    ...[...byStatus].map(([status, all]) =>
      ApiResponse({
        status,
        description: all.map((code) => `\`${code}\`: ${problems[code].title}.`).join(' '),
        ...(status === 412 && { headers: { ETag: { description: 'What it is now.', schema: { type: 'string' } } } }),
        content: {
          'application/problem+json': {
            schema: { $ref: getSchemaPath(ProblemDto) },
            example: example(status, all[0] ?? 'internal-error'),
          },
        },
      }),
    ),
  );
}

const example = (status: number, code: ProblemCode) => ({
  type: `/problems/${code}`,
  title: problems[code].title,
  status,
  detail: problems[code].explanation,
  instance: '/v1/...',
  code,
  requestId: '5c0ee6b2-9a51-4b0a-8f0f-3f6f0a7f6a11',
});

const consistency = applyDecorators(
  ApiQuery({
    name: 'consistency',
    required: false,
    enum: ['linearizable', 'local'],
    description:
      'linearizable (default): never older than the newest acknowledged write. local: the state of the node asked.',
  }),
  ApiQuery({
    name: 'maxStaleness',
    required: false,
    type: String,
    example: '500ms',
    description: 'With consistency=local: refuse when the state may be older than this.',
  }),
  ApiQuery({
    name: 'minIndex',
    required: false,
    schema: { type: 'integer', minimum: 0 },
    description: 'Wait until the node has applied this log index.',
  }),
);

const index = {
  'X-Config-Index': { description: 'The log index that the answer reflects.', schema: { type: 'integer' as const } },
};
export const age = {
  'X-Config-Age': {
    description: 'With consistency=local: the milliseconds for which newer writes may be missing from the answer.',
    schema: { type: 'integer' as const },
  },
};
const etag = { ETag: { description: 'For If-Match and If-None-Match.', schema: { type: 'string' as const } } };

const conditional = applyDecorators(
  ApiHeader({
    name: 'If-None-Match',
    required: false,
    description: 'The ETag of an earlier answer: 304 when it still holds.',
    schema: { type: 'string' },
  }),
  ApiResponse({
    status: 304,
    description: 'The ETag in If-None-Match still holds; no body.',
    headers: { ...index, ...etag },
  }),
);

/** A route that answers from the state: 200 with this shape. A list route's query DTO documents the parameters itself. */
export function Reads(
  type: Type<unknown>,
  {
    list = false,
    tagged = false,
    problems: codes = [],
  }: { list?: boolean; tagged?: boolean; problems?: readonly ProblemCode[] } = {},
) {
  return applyDecorators(
    ...(list ? [] : [consistency]),
    ...(tagged ? [conditional] : []),
    ApiResponse({ status: 200, type, description: 'OK', headers: { ...index, ...age, ...(tagged && etag) } }),
    Problems(...always, ...authenticated, ...reading, ...codes),
  );
}

const ifMatch = ApiHeader({
  name: 'If-Match',
  required: false,
  description:
    'The ETag that you read, or a list of which any may hold: change it only if it is still that. A failure is 412.',
  schema: { type: 'string', example: '"42"' },
});

/** A route that proposes a command. `status` 201 has a Location, 204 no body. */
export function Writes(
  type: Type<unknown> | null,
  { status = 200, problems: codes = [] }: { status?: 200 | 201 | 204; problems?: readonly ProblemCode[] } = {},
) {
  const location = { Location: { description: 'Where the new resource is.', schema: { type: 'string' as const } } };
  return applyDecorators(
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description: 'Names the request: repeated with the same key it gives the first outcome again.',
      schema: { type: 'string', maxLength: 255 },
    }),
    ...(codes.includes('version-conflict') ? [ifMatch] : []),
    ApiResponse({
      status,
      description: status === 201 ? 'Created' : status === 204 ? 'Done' : 'OK',
      headers: { ...index, ...(status === 201 && location), ...(status !== 204 && etag) },
      ...(type && { type }),
    }),
    Problems(...always, ...authenticated, ...writing, 'idempotency-mismatch', 'forbidden', ...codes),
  );
}

const binary = { schema: { type: 'string' as const, format: 'binary' } };

/** A route that answers from the state with a stream of bytes. */
export function ReadsStream(
  media: string,
  {
    description,
    headers = {},
    problems: codes = [],
  }: {
    description: string;
    headers?: Readonly<Record<string, string>>;
    problems?: readonly ProblemCode[];
  },
) {
  const more = Object.entries(headers).map(([name, means]) => [
    name,
    { description: means, schema: { type: 'string' as const } },
  ]);
  return applyDecorators(
    consistency,
    ApiResponse({
      status: 200,
      description,
      headers: { ...index, ...(Object.fromEntries(more) as typeof etag) },
      content: { [media]: binary },
    }),
    Problems(...always, ...authenticated, ...reading, 'forbidden', ...codes),
  );
}

/** A route that takes a stream of bytes, and answers with this shape. */
export function TakesStream(
  media: string,
  type: Type<unknown>,
  { problems: codes = [] }: { problems?: readonly ProblemCode[] } = {},
) {
  const body = ['request-timeout', 'payload-too-large', 'unsupported-media-type'] as const;
  return applyDecorators(
    ApiBody({ required: true, schema: binary.schema }),
    ApiConsumes(media),
    ApiResponse({ status: 200, type, description: 'OK', headers: index }),
    Problems(...always, ...authenticated, ...body, 'forbidden', ...codes),
  );
}

/** A page of items; declared once for each kind of item. */
export function PageOf<Item>(item: Type<Item>) {
  class PageDto {
    @ApiProperty({ type: [item] })
    readonly items: Item[];

    @ApiProperty({
      type: String,
      nullable: true,
      description: 'Give it as `cursor` for the next page; null on the last one.',
    })
    readonly nextCursor: string | null;
  }
  Object.defineProperty(PageDto, 'name', { value: `PageOf${item.name}` });
  return PageDto;
}
