import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../support/node-process';
import { connections } from './http-loads';
import { document, json } from './http-target';
import type { Figures } from './load-run';
import { load } from './load-run';

const startMs = 20_000;

interface Member {
  readonly name: string;
  readonly url: string;
  readonly peerUrl: string;
  readonly process: ChildProcess;
}

export interface EtcdOptions {
  /** One or three. */
  readonly members?: number;
  /** Serve the old API as well, `/v2/keys`. */
  readonly v2?: boolean;
}

/** Three members of etcd, or as many as are asked for, on this machine (Debian: `apt-get install etcd-server`), asked through its JSON gateway. */
export class EtcdCluster {
  private constructor(private readonly members: readonly Member[]) {}

  static isInstalled(): boolean {
    return spawnSync('etcd', ['--version']).status === 0;
  }

  static async start(directory: string, { members: size = 3, v2 = false }: EtcdOptions = {}): Promise<EtcdCluster> {
    const names = Array.from({ length: size }, (_, place) => `etcd-${place + 1}-of-${size}`);
    const url = async (): Promise<string> => `http://127.0.0.1:${await freePort()}`;
    const places = await Promise.all(names.map(async (name) => ({ name, url: await url(), peerUrl: await url() })));
    const initial = places.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join();
    const members = places.map((place) => ({
      ...place,
      process: launch(place, join(directory, place.name), initial, v2),
    }));
    const cluster = new EtcdCluster(members);
    try {
      for (const member of members) await untilServing(member);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  get urls(): readonly string[] {
    return this.members.map(({ url }) => url);
  }

  get pids(): readonly number[] {
    return this.members.map(({ process }) => process.pid ?? 0);
  }

  async leaderUrl(): Promise<string> {
    for (const { url } of this.members) {
      const { header, leader } = await status(url);
      if (header.member_id === leader) return url;
    }
    throw new Error('no member of etcd leads');
  }

  /** Each connection puts the documents of the config updates, as they are sent there, to a key of its own. */
  puts(seconds: number, urls: readonly string[]): Promise<Figures> {
    let connection = 0;
    return load({
      url: urls,
      pid: this.pids,
      connections,
      duration: seconds,
      setupClient: (client) => {
        const n = connection++ % connections;
        let turn = 0;
        const next = (): void => client.setRequests([put(n, turn++)]);
        next();
        client.on('response', next);
      },
    });
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.members.map(async ({ process: child }) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, 'exit');
        child.kill();
        await ended;
      }),
    );
  }
}

function put(n: number, turn: number) {
  const key = Buffer.from(`config-${n}`).toString('base64');
  const value = Buffer.from(JSON.stringify(document(n + turn))).toString('base64');
  return { method: 'POST' as const, path: '/v3/kv/put', headers: json, body: JSON.stringify({ key, value }) };
}

function launch(place: Omit<Member, 'process'>, dataDirectory: string, initial: string, v2: boolean): ChildProcess {
  const { name, url, peerUrl } = place;
  const options = {
    name,
    'data-dir': dataDirectory,
    'listen-client-urls': url,
    'advertise-client-urls': url,
    'listen-peer-urls': peerUrl,
    'initial-advertise-peer-urls': peerUrl,
    'initial-cluster': initial,
    'initial-cluster-state': 'new',
    logger: 'zap',
    'log-level': 'error',
    'enable-v2': v2,
  };
  const words = Object.entries(options).map(([option, value]) => `--${option}=${value}`);
  const child = spawn('etcd', words, { stdio: ['ignore', 'ignore', 'inherit'] });
  // Whatever ends this process, no member outlives it.
  process.once('exit', () => child.kill());
  return child;
}

interface Status {
  readonly header: { readonly member_id: string };
  readonly leader?: string;
}

async function status(url: string): Promise<Status> {
  const answer = await fetch(`${url}/v3/maintenance/status`, { method: 'POST', body: '{}' });
  return (await answer.json()) as Status;
}

async function untilServing({ name, url, process: child }: Member): Promise<void> {
  for (const deadline = Date.now() + startMs; Date.now() < deadline; await wait(50)) {
    if (child.exitCode !== null) break;
    const told = await status(url).catch(() => undefined);
    if (told?.leader !== undefined && told.leader !== '0') return;
  }
  throw new Error(`${name} did not begin to serve`);
}
