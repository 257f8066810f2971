import type { ApiHeaderOptions } from '@nestjs/swagger';

export const ifMatchHeader: ApiHeaderOptions = {
  name: 'If-Match',
  required: false,
  description: 'The ETag that you read: change it only if it is still that. A failure is 412.',
  schema: { type: 'string', example: '"42"' },
};
