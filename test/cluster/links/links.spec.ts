import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { createInterface } from 'node:readline';
import { eventually, temporaryDirectory } from '../../support/postgres-directory';
import { freePort } from '../../support/node-process';
import { Links } from './links';

/**
 * A process that takes connections and dials its peers over and over, by the given form of connect, with its own name.
 * It prints the names that reach it, and the answers to its dials.
 */
const program = `
  const net = require('node:net');
  const [, name, port, form, ...peers] = process.argv;
  net.createServer((socket) => {
    socket.on('error', () => {}).on('data', (from) => { console.log('called by ' + from); socket.write(name); });
  }).listen(Number(port), '127.0.0.1', () => console.log('listening'));
  for (const peer of peers) {
    const dial = () => {
      const [host, port] = [peer.split(':')[0], Number(peer.split(':')[1])];
      const socket = form === 'options' ? net.connect({ host, port }) : form === 'words' ? new net.Socket().connect(port, host) : net.connect(port, host);
      socket.on('error', () => {}).on('data', (from) => { console.log('answered by ' + from); socket.destroy(); });
      socket.on('connect', () => socket.write(name));
      setTimeout(() => { socket.destroy(); dial(); }, 50);
    };
    dial();
  }`;

class Talker {
  readonly said = new Set<string>();
  constructor(readonly child: ChildProcess) {
    if (child.stdout) createInterface(child.stdout).on('line', (line) => this.said.add(line));
  }

  says(line: string): Promise<true> {
    return eventually(`it says "${line}"`, () => (this.said.has(line) ? true : undefined));
  }
}

describe('the links between processes', () => {
  const directory = temporaryDirectory();
  const talkers = new Map<string, Talker>();
  let links: Links;

  afterEach(async () => {
    for (const { child } of talkers.values()) {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    talkers.clear();
    await links.close();
  });
  afterAll(() => directory.remove());

  /** Each knows the real addresses of the others. */
  async function start(names: readonly string[], form: string): Promise<void> {
    links = new Links(directory.path);
    const addresses = new Map<string, string>();
    for (const name of names) {
      addresses.set(name, `127.0.0.1:${await freePort()}`);
      await links.add(name, addresses.get(name) ?? '');
    }
    for (const name of names) {
      const peers = names.filter((other) => other !== name).map((other) => addresses.get(other) ?? '');
      const port = addresses.get(name)?.split(':')[1] ?? '';
      const child = spawn(process.execPath, ['-e', program, '--', name, port, form, ...peers], {
        env: { PATH: process.env.PATH, ...links.variablesOf(name) },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      talkers.set(name, new Talker(child));
      await talkers.get(name)?.says('listening');
    }
  }

  const of = (name: string): Talker => talkers.get(name) as Talker;

  it.each(['options', 'words', 'arguments'])('divert dials to the real addresses (%s)', async (form) => {
    await start(['a', 'b'], form);
    await Promise.all([of('a').says('answered by b'), of('b').says('answered by a')]);
    links.cut('a', 'b');
    await wait(100); // what was under way has arrived
    for (const talker of talkers.values()) talker.said.clear();
    await wait(200);
    expect([...of('a').said, ...of('b').said]).toEqual([]);
    links.healAll();
    await Promise.all([of('a').says('answered by b'), of('b').says('answered by a')]);
  });

  it("cut one way, let nothing that one says reach the other, on its own or on the other's connections", async () => {
    await start(['a', 'b', 'c'], 'options');
    await Promise.all([of('a').says('answered by b'), of('b').says('answered by a'), of('c').says('answered by a')]);
    links.cutOneWay('a', 'b');
    await wait(100);
    for (const talker of talkers.values()) talker.said.clear();
    await Promise.all([of('a').says('called by b'), of('a').says('answered by c'), of('b').says('called by c')]);
    await wait(200);
    expect([...of('b').said].filter((line) => line.endsWith(' a'))).toEqual([]);
  });

  it('partition the nodes in two sides', async () => {
    await start(['a', 'b', 'c'], 'options');
    links.partition(['a']);
    await wait(100);
    for (const talker of talkers.values()) talker.said.clear();
    await Promise.all([of('b').says('answered by c'), of('c').says('answered by b')]);
    await wait(200);
    expect(of('a').said.size).toBe(0);
  });
});
