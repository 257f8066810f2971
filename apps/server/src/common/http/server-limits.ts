import type { Server } from 'node:http';

/** How long a client may leave an answer unread. */
export const unreadAnswerMs = 30_000;

/** Waiting for the rest of a request: headers, and the whole request with its body. */
export function limitWaiting(server: Server): void {
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
}
