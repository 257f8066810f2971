import type { Request, Response } from 'express';
import { Readable } from 'node:stream';
import { namesEtag } from './if-none-match';
import type { PreparedAnswer } from './prepared-answers';
import { snapshotText } from './prepared-answers';
import type { LargeSnapshot } from './read.service';

/** 304 when the caller has it already, else the bytes. */
export function sendAnswer(
  request: Request,
  response: Response,
  answer: PreparedAnswer | LargeSnapshot,
  isKnown = false,
): void {
  response.setHeader('ETag', answer.etag);
  if (isKnown || namesEtag(request.headers['if-none-match'], answer.etag)) return void response.status(304).end();
  response.status(200).setHeader('Content-Type', 'application/json; charset=utf-8');
  if ('body' in answer) return void response.setHeader('Content-Length', answer.body.length).end(answer.body);
  if (request.method === 'HEAD') return void response.end();
  // Node waits for the caller to take each piece before it makes the next one.
  const text = Readable.from(snapshotText(answer.index, answer.rows));
  response.once('close', () => text.destroy());
  text.pipe(response);
}
