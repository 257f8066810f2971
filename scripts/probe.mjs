// The health check of the image, which has no curl: asks this node and ends with 0 when the answer is 200. What the answer
// says is printed, and shown by `docker inspect` and `kubectl exec`. Usage: node scripts/probe.mjs [/health | /ready]
const { PORT = '8080', HOST = '127.0.0.1' } = process.env;
const anyAddress = new Set(['', '0.0.0.0', '::']);
const host = anyAddress.has(HOST) ? '127.0.0.1' : HOST;
const path = process.argv[2] ?? '/health';

try {
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${PORT || '8080'}${path}`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(3_000) });
  console.log(answer.status, await answer.text());
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  console.log(`no answer: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
