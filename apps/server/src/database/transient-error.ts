import { isNativeError } from 'node:util/types';

/** SQLSTATEs, or classes of them, after which the same statements may succeed on another try. */
const transientStates: readonly string[] = [
  '08', // connection exceptions
  '53', // insufficient resources: too many connections, disk full, out of memory
  '57', // operator intervention: shutdown, crash, starting up, cancelled by a time limit
  '40001', // serialization failure
  '40P01', // deadlock detected
  '55P03', // lock not available
  '55006', // object in use
  '25P03', // idle in transaction for too long
  '25006', // read only: a standby that is about to be promoted
  '58030', // input or output error
];

/** The operator must act: the database is gone, or this user is no longer let in. */
const lastingStates: readonly string[] = ['57P04'];

const transientSystemErrors: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOENT', // the socket of a server that is not running
  'EMFILE',
]);

/** The driver tells these by their text alone. */
const transientMessages =
  /^(Connection terminated|timeout expired|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed)/;

const codeOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : '');

const attemptsOf = (error: Error): readonly unknown[] =>
  'errors' in error && Array.isArray(error.errors) ? error.errors : [];

/** Whether the database may be back by itself, or take the same statements when they are sent again. */
export function isTransient(error: unknown): boolean {
  if (!isNativeError(error)) return false;
  // A host with several addresses: each was tried.
  const attempts = attemptsOf(error);
  if (attempts.length > 0) return attempts.every(isTransient);
  const code = codeOf(error);
  if (lastingStates.includes(code)) return false;
  if (transientSystemErrors.has(code)) return true;
  if (/^[0-9A-Z]{5}$/.test(code)) return transientStates.some((state) => code.startsWith(state));
  return transientMessages.test(error.message);
}

/** Whether the server itself answered with an error, as opposed to not being reachable or being on its way up or down. */
export function isAnswer(error: unknown): boolean {
  return isNativeError(error) && /^(40|55|57014|25P03)/.test(codeOf(error));
}

/** One line, without the password that a driver's message may carry in a URL. */
export function errorText(error: unknown): string {
  const first = isNativeError(error) && error.message === '' ? (attemptsOf(error)[0] ?? error) : error;
  const text = isNativeError(first) ? first.message : String(first);
  return text.replace(/(postgres(?:ql)?:\/\/[^:@/\s]*):[^@\s]*@/g, '$1:***@');
}
