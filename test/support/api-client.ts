import { checkAnswer } from './openapi-answers';
import { adminEmail, adminPassword } from './world';

export interface Answer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly body: Body;
  readonly headers: Headers;
}

/** A client of a node in another process, which may die while it answers. */
export class ApiClient {
  #token = '';

  constructor(readonly url: string) {}

  /** The header with which it is logged in. */
  get authorization(): string {
    return `Bearer ${this.#token}`;
  }

  /** Rejects when there is no whole answer, or one that the OpenAPI document does not know. */
  async send<Body = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer<Body>> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(this.#token !== '' && { authorization: this.authorization }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await answer.text();
    const { status } = answer;
    const [type = ''] = (answer.headers.get('content-type') ?? '').split(';');
    checkAnswer(method.toLowerCase(), path, { status, type: type.trim(), text });
    return { status, body: (text === '' ? {} : JSON.parse(text)) as Body, headers: answer.headers };
  }

  /** Rejects unless the request succeeds. */
  async ask<Body = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Body> {
    const answer = await this.send<Body>(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async logIn(email = adminEmail, password = adminPassword): Promise<void> {
    const { accessToken } = await this.ask<{ accessToken: string }>('POST', '/v1/auth/login', { email, password });
    this.#token = accessToken;
  }
}
