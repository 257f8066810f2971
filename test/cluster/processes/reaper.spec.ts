import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { eventually, temporaryDirectory } from '../../support/postgres-directory';

const reaperProgram = join(__dirname, 'reaper-program.cjs');

/** A test run that has two nodes, one of them stopped, and says their process ids. */
const run = `
  const { spawn } = require('node:child_process');
  const [, reaperProgram, directory] = process.argv;
  const reaper = spawn(process.execPath, [reaperProgram], { detached: true, stdio: ['pipe', 'ignore', 'inherit'] });
  const nodes = [1, 2, 3].map(() => spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)']));
  reaper.stdin.write('! ' + directory + '\\n' + nodes.map(({ pid }) => '+' + pid + '\\n').join(''));
  nodes[1].kill('SIGSTOP');
  nodes[2].once('exit', () => {
    reaper.stdin.write('-' + nodes[2].pid + '\\n');
    console.log(JSON.stringify(nodes.map(({ pid }) => pid)));
  });
  nodes[2].kill('SIGKILL');
  if (process.argv[3] === 'end') setTimeout(() => process.exit(0), 200);`;

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('the reaper', () => {
  const directory = temporaryDirectory();
  const started: ChildProcess[] = [];
  afterAll(() => {
    for (const child of started) child.kill('SIGKILL');
    directory.remove();
  });

  it.each(['killed', 'interrupted', 'end'])('leaves no node and no file of a run that is over (%s)', async (how) => {
    const data = join(directory.path, how);
    mkdirSync(data);
    const child = spawn(process.execPath, ['-e', run, '--', reaperProgram, data, how], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    started.push(child);
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const nodes = JSON.parse(line) as number[];
    if (how !== 'end') {
      expect(nodes.map(isThere)).toEqual([true, true, false]);
      child.kill(how === 'killed' ? 'SIGKILL' : 'SIGINT');
    }
    await eventually('no node is there', () => (nodes.some(isThere) ? undefined : true));
    await eventually('its files are gone', () => (existsSync(data) ? undefined : true));
  });
});
