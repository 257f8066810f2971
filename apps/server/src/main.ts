import { prepareDataDirectory } from './common/data-directory';
import { parseEnvironment } from './common/env';
import { say } from './common/say';
import { WrongSetting } from './common/setting';
import { StopSignals } from './stop-signals';

const signals = new StopSignals();

process.on('unhandledRejection', (error) => die('unhandled rejection', error));
process.on('uncaughtException', (error) => die('uncaught exception', error));

function die(what: string, error: unknown): never {
  say(
    process.stderr,
    `${JSON.stringify({ level: 60, time: Date.now(), msg: what, err: error instanceof Error ? (error.stack ?? error.message) : String(error) })}\n`,
  );
  process.exit(1);
}

async function main(): Promise<void> {
  try {
    const environment = parseEnvironment(process.env);
    prepareDataDirectory(environment.dataDir);
    // Loaded only now: what an operator mistyped is told at once, and not after a second of loading.
    const { startNode } = await import('./start-node.js');
    await startNode(environment, signals);
  } catch (error) {
    if (error instanceof WrongSetting) say(process.stderr, `${error.message}\n`);
    else say(process.stderr, `The node could not start: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(error instanceof WrongSetting ? 2 : 1);
  }
}

void main();
