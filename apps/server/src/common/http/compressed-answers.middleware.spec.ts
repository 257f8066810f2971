import type { RequestHandler } from 'express';
import express from 'express';
import request from 'supertest';
import { compressedAnswers } from './compressed-answers.middleware';

const text = JSON.stringify('x'.repeat(5_000));

async function answerTo(
  path: string,
  {
    type = 'application/json',
    encodings = 'gzip',
    headers = {},
    body = text,
  }: { type?: string; encodings?: string; headers?: object; body?: string } = {},
) {
  const handler: RequestHandler = (_request, response) => {
    response.set(headers).type(type).send(body);
  };
  const app = express().set('etag', false).use(compressedAnswers(), handler);
  return request(app).get(path).set('Accept-Encoding', encodings);
}

describe('compressed answers', () => {
  it.each([
    ['gzip', 'gzip'],
    ['br', 'br'],
    ['br;q=0, gzip', 'gzip'],
  ])('%s: %s', async (encodings, coding) => {
    const { headers } = await answerTo('/v1/users', { encodings });
    expect(headers).toMatchObject({ 'content-encoding': coding, vary: 'Accept-Encoding' });
  });

  it.each([
    ['for who does not take them', '/v1/users', { encodings: 'identity' }],
    ['of small bodies', '/v1/users', { body: '{}' }],
    ['of tokens', '/v1/auth/login', {}],
    ['of what nobody may keep', '/v1/projects', { headers: { 'Cache-Control': 'no-store' } }],
    ['of streams of events', '/v1/watch/x', { type: 'text/event-stream' }],
    ['of the read API, which does it itself', '/v1/read/x', {}],
    ['of backups, which are so already', '/v1/cluster/backup', { type: 'application/gzip' }],
    ['of what does not become smaller', '/v1/users', { type: 'image/png' }],
  ])('not %s', async (_what, path, how) => {
    const { headers, status } = await answerTo(path, how);
    expect(status).toBe(200);
    expect(headers['content-encoding']).toBeUndefined();
    expect(headers['content-length']).toBeDefined();
  });
});
