import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { configuration, memberId } from '@config-guardian/raft';
import type { CommittedEntry, PeerIdentity, RaftLog, RaftLogOptions } from '../../libs/raft-node/src';
import { openRaftLog, TcpTransport } from '../../libs/raft-node/src';

/** A member of the bare log in a process of its own: no state machine, no database, no HTTP. */
export const LOG_NODES = ['n1', 'n2', 'n3'];

/** So many proposals, so many of them at once. */
export interface Work {
  readonly count: number;
  readonly inFlight: number;
  readonly bytes: number;
}

/** Milliseconds. */
export interface Timed {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
}

export interface Subject {
  propose(data: Uint8Array): Promise<unknown>;
}

export interface Position {
  readonly leads: boolean;
  readonly applied: number;
  readonly commit: number;
}

/** What a node is asked; only the leader takes work. Anything else it is sent are the addresses of all. */
type Asked =
  { readonly measure: Work } | { readonly pace: number } | { readonly endPace: true } | { readonly position: true };
type Told = {
  readonly address?: string;
  readonly leads?: boolean;
  readonly ready?: boolean;
  readonly figures?: Timed;
  readonly position?: Position;
};

export async function measure(subject: Subject, { count, inFlight, bytes }: Work): Promise<Timed> {
  const data = Buffer.alloc(bytes, 'x');
  const latencies = new Float64Array(count);
  let next = 0;
  const client = async (): Promise<void> => {
    for (let mine = next++; mine < count; mine = next++) {
      const from = performance.now();
      await subject.propose(data);
      latencies[mine] = performance.now() - from;
    }
  };
  const from = performance.now();
  await Promise.all(Array.from({ length: inFlight }, client));
  return timed(latencies, performance.now() - from);
}

function timed(latencies: Float64Array, ms: number): Timed {
  latencies.sort();
  const at = (q: number): number => latencies[Math.floor(latencies.length * q)] ?? Number.NaN;
  return { rate: (latencies.length / ms) * 1000, p50: at(0.5), p99: at(0.99) };
}

/** Proposes so many a second, whatever becomes of the ones before, until it is ended. */
function pacing(subject: Subject, perSecond: number): () => Promise<Timed> {
  const data = Buffer.alloc(256, 'x');
  const latencies: number[] = [];
  const under = new Set<Promise<unknown>>();
  const begin = performance.now();
  let proposed = 0;
  const timer = setInterval(() => {
    for (; proposed < ((performance.now() - begin) * perSecond) / 1000; proposed += 1) {
      const from = performance.now();
      const one = subject.propose(data).then(() => latencies.push(performance.now() - from));
      under.add(one);
      void one.finally(() => under.delete(one));
    }
  }, 1);
  return async () => {
    clearInterval(timer);
    await Promise.all(under);
    return timed(Float64Array.from(latencies), performance.now() - begin);
  };
}

async function openNode(
  nodeId: string,
  directory: string,
  limits: RaftLogOptions['limits'],
): Promise<{ log: RaftLog<number>; transport: TcpTransport }> {
  const nothing = { raftAddress: '127.0.0.1:0', apiAddress: 'http://127.0.0.1:0', version: '0', clusterVersion: 1 };
  const identity: PeerIdentity = { nodeId, incarnation: 'bench', clusterId: 'bench', ...nothing };
  const transport = new TcpTransport({ listen: '127.0.0.1:0', secrets: ['bench'], identity });
  const log = await openRaftLog<number>({
    directory: join(directory, nodeId),
    nodeId,
    begin: {
      identity: { clusterId: 'bench', nodeId, incarnation: 'bench' },
      configuration: configuration(LOG_NODES.map((node) => memberId(node, 'bench'))),
    },
    transport,
    limits,
    onFatal: (error) => {
      throw error;
    },
  });
  await transport.start(log.handlers);
  return { log, transport };
}

/** Tells its address, gets those of the others, and does what it is asked to when it leads. */
export async function runLogNode(
  nodeId: string,
  directory: string,
  limits: RaftLogOptions['limits'] = {},
): Promise<void> {
  const { log, transport } = await openNode(nodeId, directory, limits);
  const consumer = {
    appliedIndex: 0,
    membership: '',
    apply(entries: readonly CommittedEntry[]): number[] {
      this.appliedIndex = entries.at(-1)!.index;
      setImmediate(() => log.release(this.appliedIndex));
      return entries.map(({ index }) => index);
    },
    ready: () => Promise.resolve(),
  };
  const tell = (told: Told): unknown => process.send!(told);
  let started: Promise<void> | undefined;
  let endPace: (() => Promise<Timed>) | undefined;
  process.on('message', (message: Asked | Readonly<Record<string, string>>) => {
    const leads = log.status().role === 'leader';
    if ('position' in message)
      tell({ position: { leads, applied: consumer.appliedIndex, commit: log.status().commitIndex } });
    else if ('measure' in message) {
      if (leads) void measure(log, message.measure as Work).then((figures) => tell({ figures }));
    } else if ('pace' in message) {
      if (leads) endPace = pacing(log, message.pace as number);
    } else if ('endPace' in message) {
      void endPace?.().then((figures) => tell({ figures }));
      endPace = undefined;
    } else {
      transport.setPeers(
        new Map(Object.entries(message as Record<string, string>).filter(([node]) => node !== nodeId)),
      );
      started ??= log.start(consumer);
    }
  });
  log.onLeadership(({ leads }) => leads && tell({ leads }));
  process.on('disconnect', () => process.exit());
  tell({ address: transport.address });
}

/** What the first of these processes to speak of it tells. */
export async function told<Name extends keyof Told>(
  children: readonly ChildProcess[],
  name: Name,
): Promise<NonNullable<Told[Name]>> {
  return new Promise((resolve) => {
    const listeners = children.map((child) => {
      const listener = (message: Told): void => {
        if (message[name] === undefined) return;
        for (const [other, its] of listeners) other.off('message', its);
        resolve(message[name]);
      };
      child.on('message', listener);
      return [child, listener] as const;
    });
  });
}

/** Starts the nodes with `script`, which calls `runLogNode` when its words are `node`, the id and the directory. */
export async function startLog(
  script: string,
  directory: string,
): Promise<{ readonly children: ChildProcess[]; readonly addresses: Readonly<Record<string, string>> }> {
  const children = LOG_NODES.map((node) => fork(script, ['node', node, directory]));
  const listening = await Promise.all(children.map((child) => told([child], 'address')));
  const addresses = Object.fromEntries(LOG_NODES.map((node, n) => [node, listening[n]!]));
  const leads = told(children, 'leads');
  for (const child of children) child.send(addresses);
  await leads;
  await wait(100);
  return { children, addresses };
}
