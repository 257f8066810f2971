import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { withoutMounts } from '../support/lacking';
import { OperatorCommand } from '../support/operator-command';
import { password } from './http-target';
import type { RecoveryNode } from './recovery-nodes';
import { RecoveryCluster, secondsUntil } from './recovery-nodes';

/**
 * How long it takes to come back from each disaster of docs/backup-and-recovery.md, by bringing each about: three nodes with
 * their own PostgreSQL, on the disk of the temporary directory. `npm run bench:recovery [-- configs bytes]`
 */
const [configs = 10_000, bytes = 1_000] = process.argv.slice(2).map(Number);
const atOnce = 32;

const print = (line: string): void => void process.stdout.write(`${line}\n`);
function report(what: string, seconds: number, more = ''): void {
  print(`| ${what.padEnd(98)} | ${seconds.toFixed(2).padStart(7)} s | ${more}`);
}

class Recovery {
  readonly #directory = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'recovery-bench-'));
  readonly #backup = join(this.#directory, 'backup.gz');
  readonly #first = new RecoveryCluster(this.#directory);
  readonly #all: RecoveryCluster[] = [this.#first];
  #path = '';
  #version = 1;

  async run(): Promise<void> {
    print(
      `${configs} configs of ${bytes} bytes, Node ${process.version}, ${cpus().length} cores, load average ${loadavg()[0]!.toFixed(1)}`,
    );
    await this.#first.form('node-1', 'node-2', 'node-3');
    await this.#fill();
    await this.#backUp();
    await this.#wrongChange();
    await this.#nodesLost();
    await this.#databaseLost();
    await this.#logLost();
    await this.#majorityDown();
    await this.#quorumLost();
    // Last of them: what it writes makes the log long.
    await this.#diskFull();
    await this.#first.stop();
    await this.#allLost();
    await this.#restoreByApi();
    print(`load average at the end ${loadavg()[0]!.toFixed(1)}`);
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((cluster) => cluster.stop()));
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  }

  async #fill(): Promise<void> {
    const { id: schemaId } = await this.#first.ask<{ id: string }>('POST', '/v1/schemas', { name: 'any', content: {} });
    const { id } = await this.#first.ask<{ id: string }>('POST', '/v1/projects', { name: 'shop' });
    this.#path = `/v1/projects/${id}/configs`;
    const began = performance.now();
    let next = 0;
    const one = async (): Promise<void> => {
      for (let n = next++; n < configs; n = next++) {
        const text = randomBytes(bytes)
          .toString('base64')
          .slice(0, bytes - 20);
        await this.#first.ask('POST', this.#path, { key: `config-${n}`, schemaId, content: { n, text } });
      }
    };
    await Promise.all(Array.from({ length: atOnce }, one));
    report(`(written by the API, ${atOnce} at a time)`, (performance.now() - began) / 1000);
  }

  async #backUp(): Promise<void> {
    const began = performance.now();
    const given = ['--url', this.#first.nodes[0]!.url, '--out', this.#backup];
    const { code, output } = await new OperatorCommand('backup-command', given, { ADMIN_PASSWORD: password }).ended;
    if (code !== 0) throw new Error(output);
    report(
      'a backup by command, checked',
      (performance.now() - began) / 1000,
      `${(statSync(this.#backup).size / 1e6).toFixed(1)} MB`,
    );
  }

  /** One write after the other until one is acknowledged, by any node. */
  #secondsUntilWritten(cluster = this.#first): Promise<number> {
    return secondsUntil('a write is acknowledged', async () => {
      for (const { url } of cluster.nodes) {
        const written = await this.#write(cluster, url).then(
          () => true,
          () => false,
        );
        if (written) return true;
      }
      return false;
    });
  }

  async #write(cluster: RecoveryCluster, url: string): Promise<void> {
    const { version } = await cluster.ask<{ version: number }>('GET', `${this.#path}/config-0`, undefined, url);
    await cluster.ask('PUT', `${this.#path}/config-0`, { content: { version }, expectedVersion: version }, url);
    this.#version = version + 1;
  }

  async #wrongChange(): Promise<void> {
    await this.#secondsUntilWritten();
    const began = performance.now();
    await this.#first.ask('POST', `${this.#path}/config-0/rollback`, {
      targetVersion: 1,
      expectedVersion: this.#version,
    });
    report('wrong change by a person: rollback of the config', (performance.now() - began) / 1000);
  }

  async #nodesLost(): Promise<void> {
    const leader = await this.#first.leader();
    await leader.process.kill();
    this.#first.without(leader);
    report('one node lost, the leader: until a write is acknowledged again', await this.#secondsUntilWritten());
    report('  its process killed, disk kept: until it is ready', await leader.secondsToStart());
    await leader.process.kill();
    leader.lose('.');
    await this.#joined(
      '  its machine lost: a new node joins, until it votes and its database has everything',
      this.#first,
      'node-4',
    );
    const began = performance.now();
    await this.#first.ask('DELETE', `/v1/cluster/members/${leader.id}`);
    report('  the lost one removed', (performance.now() - began) / 1000);
  }

  async #joined(what: string, cluster: RecoveryCluster, id: string): Promise<RecoveryNode> {
    const began = performance.now();
    const node = await cluster.join(id);
    await node.process.start();
    await cluster.secondsUntilCaughtUp(node);
    const way = node.process.output.includes('replaced by a snapshot') ? 'by a snapshot' : 'by the log';
    report(what, (performance.now() - began) / 1000, way);
    return node;
  }

  async #follower(): Promise<RecoveryNode> {
    const leader = await this.#first.leader();
    return this.#first.nodes.find((node) => node !== leader)!;
  }

  async #databaseLost(): Promise<void> {
    const node = await this.#follower();
    await node.process.kill();
    node.lose('postgres');
    const seconds = await node.secondsToStart();
    report(
      'database of a node lost: rebuilt from its log, until it is ready and its database has everything',
      seconds + (await this.#first.secondsUntilCaughtUp(node)),
    );
  }

  async #logLost(): Promise<void> {
    const node = await this.#follower();
    await node.process.kill();
    node.lose('log');
    const child = node.process.launch();
    const late = setTimeout(() => child.kill('SIGKILL'), 60_000);
    const { code } = await node.process.ended();
    clearTimeout(late);
    const line = node.process.errors.trim().split('\n').at(-1) ?? '';
    print(`  the log of ${node.id} lost: it ended with ${code}: ${line}`);
    this.#first.without(node);
    await this.#joined('log of a node lost: a new node joins in its place, until it votes', this.#first, 'node-5');
    await this.#first.ask('DELETE', `/v1/cluster/members/${node.id}`);
  }

  /** A fourth node, on a disk of its own that something else fills. */
  async #diskFull(): Promise<void> {
    const lacking = withoutMounts();
    if (lacking !== undefined) return print(`  a disk that is full was not measured: ${lacking}`);
    const disk = join(this.#directory, 'small');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512m,mode=0755', 'none', disk]);
    const node = await this.#first.join('node-small', disk);
    try {
      await node.process.start();
      await this.#first.secondsUntilCaughtUp(node);
      const ended = node.process.ended().then(({ code }) => code);
      this.#first.without(node);
      const filler = join(disk, 'filler');
      spawnSync('sh', ['-c', `cat /dev/zero > ${filler}`], { stdio: 'ignore' });
      const code = await Promise.race([ended, this.#writeMuch()]);
      const [, said = ''] = /the node must stop","err":"([^\\]*)/.exec(node.process.output) ?? [];
      print(`  the disk of ${node.id} full: it ended with ${code}: ${said}`);
      rmSync(filler);
      const seconds = await node.secondsToStart();
      this.#first.nodes.push(node);
      const more = await this.#first.secondsUntilCaughtUp(node);
      report('a disk full, and room made: the node started, until its database has everything', seconds + more);
      this.#first.without(node);
      await this.#first.ask('DELETE', `/v1/cluster/members/${node.id}`);
    } finally {
      await node.process.kill();
      execFileSync('umount', ['-l', disk]);
    }
  }

  /** What the full disk cannot hold; the others go on acknowledging it. */
  async #writeMuch(): Promise<string> {
    const { url } = this.#first.nodes[0]!;
    for (let n = 0; n < 400; n += 1) {
      const { version } = await this.#first.ask<{ version: number }>('GET', `${this.#path}/config-1`, undefined, url);
      const content = randomBytes(250_000).toString('hex');
      await this.#first.ask('PUT', `${this.#path}/config-1`, { content, expectedVersion: version }, url);
    }
    return 'nothing, it runs';
  }

  async #majorityDown(): Promise<void> {
    const [one, ...others] = this.#first.nodes;
    await Promise.all(others.map(({ process }) => process.kill()));
    const began = performance.now();
    await Promise.all(others.map((node) => node.process.start()));
    await this.#secondsUntilWritten();
    report(
      `majority lost, disks kept (${one!.id} goes on): both started, until a write is acknowledged`,
      (performance.now() - began) / 1000,
    );
  }

  async #quorumLost(): Promise<void> {
    const [left, ...lost] = this.#first.nodes as [RecoveryNode, ...RecoveryNode[]];
    await Promise.all(this.#first.nodes.map(({ process }) => process.kill()));
    for (const node of lost) node.lose('.');
    this.#first.without(...lost);
    const looked = await left.command('recover');
    const { seconds } = await left.command('recover', '--yes');
    report('quorum lost for good: npm run recover, to look and with --yes', looked.seconds + seconds);
    report('  the node started, until it is ready', await left.secondsToStart());
    report('  until a write is acknowledged', await this.#secondsUntilWritten());
    await this.#joined('  a second node joins', this.#first, 'node-6');
    await this.#joined('  a third node joins', this.#first, 'node-7');
  }

  async #alone(id: string): Promise<readonly [RecoveryCluster, RecoveryNode]> {
    const cluster = new RecoveryCluster(this.#directory);
    this.#all.push(cluster);
    const node = await cluster.join(id);
    return [cluster, node];
  }

  async #allLost(): Promise<void> {
    const [cluster, node] = await this.#alone('restored-1');
    const { seconds } = await node.command('restore', this.#backup);
    report('all nodes lost: restored by command into an empty node', seconds);
    report('  the node started, until it is ready', await node.secondsToStart());
    await cluster.logIn();
    report('  until a write is acknowledged', await this.#secondsUntilWritten(cluster));
    await this.#joined('  a second node joins', cluster, 'restored-2');
    await this.#joined('  a third node joins', cluster, 'restored-3');
    await cluster.stop();
  }

  async #restoreByApi(): Promise<void> {
    const [cluster, node] = await this.#alone('restored-by-api');
    await node.process.start();
    await cluster.logIn();
    const file = readFileSync(this.#backup);
    const began = performance.now();
    await cluster.restoreByApi(file, node);
    await secondsUntil('it is ready', () => node.process.isReady());
    report(
      'all nodes lost: restored by API into a running empty node, until it is ready',
      (performance.now() - began) / 1000,
    );
  }
}

async function main(): Promise<void> {
  const recovery = new Recovery();
  try {
    await recovery.run();
  } finally {
    await recovery.close();
  }
}

void main();
