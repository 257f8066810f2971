import { FRAME } from './frame';
import type { OutgoingFrame } from './outgoing-frame';
import { COUNT_BYTES, textBound, WireReader, writeCount, writeText } from './wire-bytes';

/** A request: its id, the method, the body. The id is the asker's, counted from 1 on each connection. */
export function requestFrame(id: number, method: string, body: Uint8Array): OutgoingFrame {
  return {
    type: FRAME.request,
    bound: COUNT_BYTES + textBound(method) + body.byteLength,
    write: (out, at) => append(out, writeText(out, writeCount(out, at, id), method), body),
  };
}

export function answerFrame(id: number, body: Uint8Array): OutgoingFrame {
  return {
    type: FRAME.answer,
    bound: COUNT_BYTES + body.byteLength,
    write: (out, at) => append(out, writeCount(out, at, id), body),
  };
}

export function failureFrame(id: number, code: string, message: string): OutgoingFrame {
  return {
    type: FRAME.failure,
    bound: COUNT_BYTES + textBound(code) + textBound(message),
    write: (out, at) => writeText(out, writeText(out, writeCount(out, at, id), code), message),
  };
}

export function controlFrame(type: typeof FRAME.ping | typeof FRAME.pong): OutgoingFrame {
  return { type, bound: 0, write: (_out, at) => at };
}

export function readRequest(payload: Buffer): { id: number; method: string; body: Buffer } {
  const reader = new WireReader(payload);
  return { id: reader.count(), method: reader.text(), body: reader.rest() };
}

export function readAnswer(payload: Buffer): { id: number; body: Buffer } {
  const reader = new WireReader(payload);
  return { id: reader.count(), body: reader.rest() };
}

export function readFailure(payload: Buffer): { id: number; code: string; message: string } {
  const reader = new WireReader(payload);
  const failure = { id: reader.count(), code: reader.text(), message: reader.text() };
  reader.end();
  return failure;
}

function append(out: Buffer, at: number, body: Uint8Array): number {
  out.set(body, at);
  return at + body.byteLength;
}
