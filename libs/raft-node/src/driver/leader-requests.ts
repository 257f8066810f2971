import type { MembershipChange } from '@config-guardian/raft';
import { nodeOf } from '@config-guardian/raft';
import type { Clock } from '../clock';
import { LogError } from '../replicated-log';
import type { Transport } from '../transport/transport';
import { PeerError } from '../transport/transport';
import type { LeaderView } from './leader-view';

/** What is asked of a leader beside proposals. */
export type LeaderRequest =
  | { readonly method: 'change-membership'; readonly change: MembershipChange }
  | { readonly method: 'transfer-leadership'; readonly to: string | null };

export interface LeaderRequestParts {
  readonly view: LeaderView;
  readonly clock: Clock;
  readonly link: Pick<Transport, 'request'> | undefined;
  /** Carries the request out on this node, which leads. */
  readonly serve: (request: LeaderRequest, deadlineMs: number) => Promise<void>;
}

const PAUSE_MS = 50;

/** Brings a request to whoever leads, this node or another; waits for a leader where there is none. */
export async function askLeader(parts: LeaderRequestParts, request: LeaderRequest, deadlineMs: number): Promise<void> {
  const { view, clock, link, serve } = parts;
  for (;;) {
    try {
      if (view.leads) return await serve(request, deadlineMs);
      if (view.leader !== null && link !== undefined)
        return await send(parts, nodeOf(view.leader), request, deadlineMs);
    } catch (error) {
      if (!(error instanceof LogError) || error.code !== 'no-leader') throw error;
    }
    if (clock.monotonic() + PAUSE_MS >= deadlineMs)
      throw new LogError('no-leader', 'No leader took the request in time.');
    await new Promise<void>((resolve) => clock.after(PAUSE_MS, resolve));
  }
}

async function send(
  { clock, link }: LeaderRequestParts,
  to: string,
  request: LeaderRequest,
  deadlineMs: number,
): Promise<void> {
  const timeoutMs = Math.max(1, deadlineMs - clock.monotonic());
  const body = Buffer.from(JSON.stringify({ ...request, timeoutMs }));
  try {
    await link!.request(to, request.method, body, { timeoutMs });
  } catch (error) {
    throw error instanceof PeerError ? translated(error) : error;
  }
}

function translated({ code, message }: PeerError): LogError {
  if (code === 'no-leader' || code === 'unreachable') return new LogError('no-leader', message);
  if (code.startsWith(REFUSED))
    return new LogError('refused', message, code.slice(REFUSED.length) as LogError['reason']);
  return new LogError('outcome-unknown', message);
}

const REFUSED = 'refused:';

/** The leader's error, as it travels back to the node that asked. */
export function asPeerError(error: unknown): PeerError {
  if (!(error instanceof LogError)) return new PeerError('failed', String(error));
  return new PeerError(error.code === 'refused' ? `${REFUSED}${error.reason ?? ''}` : error.code, error.message);
}

export function decodeRequest(
  method: LeaderRequest['method'],
  body: Uint8Array,
): { readonly request: LeaderRequest; readonly timeoutMs: number } {
  const fields = JSON.parse(Buffer.from(body).toString()) as Record<string, unknown>;
  const timeoutMs = Number(fields.timeoutMs);
  if (!(timeoutMs > 0 && timeoutMs < 2 ** 31)) throw new PeerError('malformed', 'The request names no time.');
  if (method === 'transfer-leadership') {
    const to = fields.to;
    if (to !== null && typeof to !== 'string') throw new PeerError('malformed', 'The request names no node.');
    return { request: { method, to }, timeoutMs };
  }
  if (!isChange(fields.change)) throw new PeerError('malformed', 'The request is no change of membership.');
  return { request: { method, change: fields.change }, timeoutMs };
}

function isChange(value: unknown): value is MembershipChange {
  const change = value as { type?: unknown; changes?: unknown; transition?: unknown } | null;
  if (change?.type === 'leave-joint') return true;
  if (change?.type !== 'change' || !Array.isArray(change.changes)) return false;
  if (!['auto', 'joint', 'joint-explicit'].includes(String(change.transition))) return false;
  return change.changes.every((each: { type?: unknown; member?: unknown } | null) => {
    const known = ['add-voter', 'add-learner', 'remove'].includes(String(each?.type));
    return known && typeof each?.member === 'string' && each.member !== '';
  });
}
