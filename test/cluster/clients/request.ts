import { Agent, request } from 'node:http';
import { Agent as SecureAgent, request as requestSecurely } from 'node:https';

export interface Answer {
  readonly type: 'answer';
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** `refused`: nothing was sent, so nothing was done. `lost`: it may have been done. */
export type Reply = Answer | { readonly type: 'refused' } | { readonly type: 'lost'; readonly why: string };

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

const connections = { keepAlive: true, maxSockets: 256 };
const agent = new Agent(connections);
let secureAgent = new SecureAgent(connections);

/** From now on the clients believe certificates of these authorities alone; what is open goes on. */
export function trust(...authorities: readonly string[]): void {
  secureAgent = new SecureAgent({ ...connections, ca: [...authorities] });
}

/** One request to one node, never repeated by itself, whose reply says what is known of it. It never rejects. */
export function send(url: string, { method, path, body, headers, timeoutMs }: Request): Promise<Reply> {
  return new Promise((resolve) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const isSecure = url.startsWith('https:');
    const outgoing = (isSecure ? requestSecurely : request)(`${url}${path}`, {
      method,
      agent: isSecure ? secureAgent : agent,
      headers: {
        ...headers,
        ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      },
    });
    const late = setTimeout(() => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    const done = (reply: Reply): void => {
      clearTimeout(late);
      resolve(reply);
    };
    outgoing.once('error', (error: NodeJS.ErrnoException) =>
      done(error.code === 'ECONNREFUSED' ? { type: 'refused' } : { type: 'lost', why: error.message }),
    );
    outgoing.once('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.once('error', (error) => done({ type: 'lost', why: error.message }));
      incoming.once('close', () => {
        if (!incoming.complete) return done({ type: 'lost', why: 'half an answer' });
        const status = incoming.statusCode ?? 0;
        done({ type: 'answer', status, body: parsed(Buffer.concat(chunks)), headers: incoming.headers });
      });
    });
    outgoing.end(text);
  });
}

function parsed(bytes: Buffer): Readonly<Record<string, unknown>> {
  try {
    return bytes.length === 0 ? {} : (JSON.parse(bytes.toString('utf8')) as Record<string, unknown>);
  } catch {
    return { unreadable: bytes.toString('utf8').slice(0, 200) };
  }
}

/** A server says so when nothing was done and the same request may go through later. */
export const isRetryable = (reply: Reply): boolean =>
  reply.type === 'refused' || (reply.type === 'answer' && reply.status === 503);

/** Whether it may have been done although the reply does not say so. */
export const isAmbiguous = (reply: Reply): boolean =>
  reply.type === 'lost' || (reply.type === 'answer' && reply.status === 504);

/** For a message: what came. */
export function replyText(reply: Reply): string {
  if (reply.type === 'answer') return `${reply.status} ${JSON.stringify(reply.body)}`;
  return reply.type === 'lost' ? reply.why : 'connection refused';
}

/** The log index that an answer reflects. */
export const indexOf = ({ headers }: Answer): number => Number(headers['x-config-index']);

export const codeOf = ({ body }: Answer): string => String(body['code']);
