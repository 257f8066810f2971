import { DirectoryInUse } from '@config-guardian/raft-node';
import { PinoLogger } from 'nestjs-pino';
import { BackupRefused } from './backup/backup-format';
import { StoppedNode } from './backup/stopped-node';
import { prepareDataDirectory } from './common/data-directory';
import type { Environment } from './common/env';
import { parseEnvironment } from './common/env';
import { Rejected } from './common/rejected';
import { WrongSetting } from './common/setting';
import { NodeDatabase } from './database/node-database';
import { aFullRegistry } from './every-feature';

/** What was typed is wrong; the message says what is taken. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}

/** A command that an operator types: it ends with 0, with 1 when it was refused, with 2 when it was typed wrongly. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command();
    process.exitCode = 0;
  } catch (error) {
    const typedWrongly = error instanceof WrongSetting || error instanceof WrongUsage;
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = typedWrongly ? 2 : 1;
  }
}

/** Works on log and database of the node that the environment describes, which must not run. */
export async function onStoppedNode(
  work: (node: StoppedNode, environment: Environment) => Promise<void>,
): Promise<void> {
  const environment = parseEnvironment(process.env);
  prepareDataDirectory(environment.dataDir);
  const level = process.env['LOG_LEVEL'] ? environment.logLevel : 'warn';
  const log = new PinoLogger({ pinoHttp: [{ level }, process.stderr] });
  const node = await StoppedNode.open(environment, aFullRegistry(), new NodeDatabase(environment, log));
  try {
    await work(node, environment);
  } finally {
    await node.close();
  }
}

export function say(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

function messageOf(error: unknown): string {
  if (error instanceof DirectoryInUse) return `${error.message} Stop the node first.`;
  if (error instanceof BackupRefused) return `Nothing was changed: ${error.message}.`;
  if (error instanceof Rejected) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
