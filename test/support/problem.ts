import type { Response } from 'supertest';

export interface Problem {
  readonly detail: string;
  readonly currentVersion?: number;
  readonly errors?: readonly Readonly<Record<'pointer' | 'parameter' | 'header' | 'keyword' | 'message', string>>[];
  readonly breaks?: readonly Readonly<{ projectId: string; key: string; errors: readonly { pointer: string }[] }>[];
}

/** The problem in an answer, which must be this one and have all that RFC 9457 and the contract ask of one. */
export function problemIn(answer: Response, status: number, code: string): Problem {
  const { headers, body } = answer;
  if (answer.status !== status || body.code !== code)
    throw new Error(`expected ${status} ${code}, but got ${answer.status} ${answer.text}`);
  expect(headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(body).toMatchObject({ type: `/problems/${code}`, status, requestId: headers['x-request-id'] });
  for (const member of ['title', 'detail', 'instance']) expect(body[member]).toEqual(expect.stringMatching(/./));
  expect(body.instance).not.toContain('?');
  if (status === 429 || status === 503) expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
  if (status === 401) expect(headers['www-authenticate']).toMatch(/^(Bearer|ApiKey)$/);
  if (status === 405) expect(headers['allow']).toMatch(/[A-Z]/);
  return body as Problem;
}
