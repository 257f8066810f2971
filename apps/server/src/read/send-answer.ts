import type { Request, Response } from 'express';
import { pipeline, Readable } from 'node:stream';
import type { AcceptedCodings, Coding } from './compression/accepted-codings';
import { acceptedCodings } from './compression/accepted-codings';
import { compressing } from './compression/compressor';
import { etagIn, representationInTime, representationNow } from './compression/representation';
import { knownEtag } from './if-none-match';
import type { PreparedAnswer } from './prepared-answers';
import { snapshotText } from './prepared-answers';
import type { LargeSnapshot } from './read.service';

/** 304 when the caller has it already, else the bytes, in a coding that the caller takes. */
export function sendAnswer(
  request: Request,
  response: Response,
  answer: PreparedAnswer | LargeSnapshot,
  isUnchanged = false,
): void | Promise<void> {
  const accepted = acceptedCodings(request.headers['accept-encoding']);
  if (!('body' in answer)) return sendLarge(request, response, answer, accepted, isUnchanged);
  const send = ({ etag, coding, body }: { etag: string; coding: Coding | null; body: Buffer }): void => {
    if (response.headersSent || !beginAnswer(request, response, answer.etag, { etag, coding }, isUnchanged)) return;
    response.setHeader('Content-Length', body.length).end(body);
  };
  const ready = representationNow(answer, accepted);
  return ready ? send(ready) : representationInTime(answer, accepted).then(send);
}

/** Whether there is a body to send. Node leaves it out of the answer to HEAD. */
function beginAnswer(
  request: Request,
  response: Response,
  plainEtag: string,
  { etag, coding }: { readonly etag: string; readonly coding: Coding | null },
  isUnchanged: boolean,
): boolean {
  const known = knownEtag(request.headers['if-none-match'], plainEtag, etag) ?? (isUnchanged ? etag : undefined);
  response.setHeader('ETag', known ?? etag);
  if (known !== undefined) {
    response.status(304).end();
    return false;
  }
  response.status(200).setHeader('Content-Type', 'application/json; charset=utf-8');
  if (coding !== null) response.setHeader('Content-Encoding', coding);
  return true;
}

function sendLarge(
  request: Request,
  response: Response,
  { etag, index, rows }: LargeSnapshot,
  { preferred }: AcceptedCodings,
  isUnchanged: boolean,
): void {
  const coding = preferred[0] ?? null;
  if (!beginAnswer(request, response, etag, { etag: etagIn(etag, coding), coding }, isUnchanged)) return;
  if (request.method === 'HEAD') return void response.end();
  // Node waits for the caller to take each piece before it makes the next one.
  const text = Readable.from(snapshotText(index, rows));
  // A caller who hangs up ends it; nobody is left to be told.
  const ended = (): void => undefined;
  if (coding === null) pipeline(text, response, ended);
  else pipeline(text, compressing(coding), response, ended);
}
