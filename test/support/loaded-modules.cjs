// Says at the end of the process what it had loaded.
const { isMainThread } = require('node:worker_threads');

process.on('exit', () => {
  if (!isMainThread) return;
  const loaded = Object.keys(require.cache);
  // prom-client loads the interface (@opentelemetry/api), which does nothing by itself.
  const ofTelemetry = loaded.filter((path) => /@opentelemetry.(?!api[/\\])/.test(path));
  require('node:fs').writeSync(2, `loaded modules: ${loaded.length}, of OpenTelemetry's SDK: ${ofTelemetry.length}\n`);
});
