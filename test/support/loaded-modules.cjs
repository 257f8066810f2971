// Says at the end of the process what it had loaded.
const { isMainThread } = require('node:worker_threads');

process.on('exit', () => {
  if (!isMainThread) return;
  const loaded = Object.keys(require.cache);
  const ofTelemetry = loaded.filter((path) => path.includes('@opentelemetry'));
  require('node:fs').writeSync(2, `loaded modules: ${loaded.length}, of OpenTelemetry: ${ofTelemetry.length}\n`);
});
