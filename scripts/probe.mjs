// The health check of the image, which has no curl: asks this node and ends with 0 when the answer is 200. What the answer
// says is printed, and shown by `docker inspect` and `kubectl exec`. Usage: node scripts/probe.mjs [/health | /ready]
import { get } from 'node:http';
import { get as getOverTls } from 'node:https';

const { PORT = '8080', HOST = '127.0.0.1', TLS_CERT, TLS_CERT_FILE } = process.env;
const anyAddress = new Set(['', '0.0.0.0', '::']);
const host = anyAddress.has(HOST) ? '127.0.0.1' : HOST;
const path = process.argv[2] ?? '/health';

try {
  const scheme = TLS_CERT || TLS_CERT_FILE ? 'https' : 'http';
  const url = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${PORT || '8080'}${path}`;
  const { status, text } = await ask(url);
  console.log(status, text);
  process.exitCode = status === 200 ? 0 : 1;
} catch (error) {
  console.log(`no answer: ${error.message}`);
  process.exitCode = 1;
}

/** Whom it asks is this very machine, by an address that its certificate need not name. */
function ask(url) {
  const options = { signal: AbortSignal.timeout(3_000), agent: false, rejectUnauthorized: false };
  return new Promise((resolve, reject) => {
    const asked = (url.startsWith('https:') ? getOverTls : get)(url, options, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, text }));
      answer.on('error', reject);
    });
    asked.on('error', reject);
  });
}
