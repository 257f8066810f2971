import { Inject, Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import type { Circuit } from '../common/resilience/circuit';
import { Circuits } from '../common/resilience/circuits';
import { inSpan, tracing } from '../common/tracing';

export interface SecurityNotice {
  readonly kind: 'password-changed' | 'email-changed' | 'refresh-token-reused';
  readonly userId: string;
  /** Where the user is to be told: the address before the change. */
  readonly email: string;
  /** Who did it; null when that is not known. */
  readonly actorId: string | null;
  readonly requestId: string;
}

const timeoutMs = 5_000;
/** About a minute and a half in all. */
const attempts = 12;

/** Has users told what was done to their logins, by what can reach them. The service itself reaches nobody. */
@Injectable()
export class SecurityNotices {
  readonly #url: string | null;
  readonly #circuit: Circuit | undefined;

  constructor(
    @Inject(ENVIRONMENT) { securityNoticesUrl }: Pick<Environment, 'securityNoticesUrl'>,
    circuits: Circuits,
    private readonly log: PinoLogger,
  ) {
    this.#url = securityNoticesUrl;
    if (securityNoticesUrl === null) return;
    const bounds = { restMs: [1_000, 60_000], atOnce: 4, waiting: 256 } as const;
    this.#circuit = circuits.add({ to: 'notices', use: 'tell', timeoutMs, attempts, failures: attempts, ...bounds });
  }

  /** Waits for nobody: the change is made, whether the user can be told or not. */
  tell(notice: SecurityNotice): void {
    const url = this.#url;
    if (url === null || !this.#circuit) return;
    const body = JSON.stringify({ ...notice, at: new Date().toISOString() });
    this.#circuit
      .run(() => inSpan('POST notice', { 'http.request.method': 'POST' }, () => post(url, body)))
      .catch((error: unknown) => {
        const { kind, userId, requestId } = notice;
        const reason = error instanceof Error ? error.message : String(error);
        this.log.warn({ kind, userId, reqId: requestId, reason }, 'a user could not be told of a change to the login');
      });
  }
}

async function post(url: string, body: string): Promise<void> {
  const traceparent = tracing()?.traceparent();
  const headers = { 'Content-Type': 'application/json', ...(traceparent !== undefined && { traceparent }) };
  const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'error' });
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`the answer was ${answer.status}`);
}
