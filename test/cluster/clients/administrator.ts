import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Answer, Reply } from './request';
import { isAmbiguous, isRetryable, replyText, send } from './request';

export const adminEmail = 'admin@example.com';
export const adminPassword = 'correct horse battery';

const timeoutMs = 5_000;
/** A password is checked slowly on purpose. */
const loginMs = 20_000;
const patienceMs = 60_000;

export interface Ask {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** The system administrator, at any node: access tokens of one are good at all. */
export class Administrator {
  #token = '';

  constructor(
    /** Of the nodes to turn to. */
    private readonly urls: () => readonly string[],
    private readonly password: () => string = () => adminPassword,
  ) {}

  get authorization(): Readonly<Record<string, string>> {
    return { authorization: `Bearer ${this.#token}` };
  }

  async logIn(): Promise<void> {
    this.#token = (await this.newTokens()).accessToken;
  }

  /** A login whose tokens are the caller's. */
  async newTokens(): Promise<{ readonly accessToken: string; readonly refreshToken: string }> {
    const body = { email: adminEmail, password: this.password() };
    const answer = await this.#untilAnswered((url) =>
      send(url, { method: 'POST', path: '/v1/auth/login', body, timeoutMs: loginMs }),
    );
    return { accessToken: String(answer.body['accessToken']), refreshToken: String(answer.body['refreshToken']) };
  }

  /** One request to one node. */
  send(url: string, method: string, path: string, ask: Ask = {}): Promise<Reply> {
    const headers = { ...this.authorization, ...ask.headers };
    return send(url, { method, path, body: ask.body, headers, timeoutMs: ask.timeoutMs ?? timeoutMs });
  }

  /** From one node after the other until it is answered; a write is one command however often it is sent. */
  async do(method: string, path: string, body?: unknown): Promise<Answer['body']> {
    const headers: Record<string, string> = method === 'GET' ? {} : { 'idempotency-key': randomUUID() };
    return (await this.#untilAnswered((url) => this.send(url, method, path, { body, headers }), `${method} ${path}`))
      .body;
  }

  async #untilAnswered(ask: (url: string) => Promise<Reply>, what = 'logging in'): Promise<Answer> {
    let reply: Reply = { type: 'refused' };
    for (const deadline = performance.now() + patienceMs; performance.now() < deadline; await wait(200)) {
      for (const url of this.urls()) {
        reply = await ask(url);
        if (reply.type === 'answer' && reply.status < 300) return reply;
        if (!isRetryable(reply) && !isAmbiguous(reply)) throw new Error(`${what}: ${replyText(reply)}`);
      }
    }
    throw new Error(`${what}: not within ${patienceMs} ms, at last ${replyText(reply)}`);
  }
}
