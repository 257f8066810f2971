/**
 * The built server with an exactly-once window of so few log indexes that a test can go past it, in a process that can
 * be killed: `SMALL_WINDOW` is its length.
 */
const { join } = require('node:path');
const server = join(process.cwd(), 'dist', 'apps', 'server', 'src');
const { parseEnvironment } = require(join(server, 'common', 'env.js'));
const { createApp } = require(join(server, 'create-app.js'));

async function main() {
  const { SMALL_WINDOW, ...variables } = process.env;
  const environment = parseEnvironment(variables);
  const app = await createApp({ environment, onFatal: fail, windowLength: Number(SMALL_WINDOW) });
  process.on('SIGTERM', () => void app.close().then(() => process.exit(0), fail));
  await app.listen(environment.port, environment.host);
}

function fail(error) {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
}

main().catch(fail);
