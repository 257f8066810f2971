import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { age, Problems } from '../../common/http/api-docs';

const description = [
  'Server-sent events. The `id` of each is the log index; `id` and comments come at least every 15 s, whatever happens.',
  '`change` holds `{key, version, content}`, or `{key, version, deleted: true}`; `changes` holds an array of them, when one entry of the log changed several.',
  '`resync` comes first when what followed Last-Event-ID is not kept any more: its `{index, items: [{key, version, content}]}` takes the place of all that the client has.',
  'The stream ends when the API key does, when the node stops, and for a client that does not read; the client comes back with its Last-Event-ID, to any node.',
].join('\n\n');

const example = ['id: 42', 'event: change', 'data: {"key":"app.settings","version":3,"content":{"port":8080}}', '', ''];

/** Documents one route of the watch. */
export function WatchRoute(of: { readonly operationId: string; readonly summary: string; readonly inPath: boolean }) {
  const { operationId, summary, inPath } = of;
  return applyDecorators(
    ApiOperation({ operationId, summary, description, security: inPath ? [] : [{ apiKey: [] }] }),
    ApiHeader({
      name: 'Last-Event-ID',
      required: false,
      description:
        'The stream begins after this log index: the id of the last event, or X-Config-Index of a read. 0 begins with a resync. By default: now.',
      schema: { type: 'string', example: '41' },
    }),
    ApiResponse({
      status: 200,
      description: 'A stream of events that does not end by itself.',
      headers: {
        'X-Config-Index': {
          description: 'The log index that the node had applied when the stream began.',
          schema: { type: 'integer' as const },
        },
        ...age,
      },
      content: { 'text/event-stream': { schema: { type: 'string' }, example: example.join('\n') } },
    }),
    Problems(
      'validation-failed',
      'invalid-api-key',
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
