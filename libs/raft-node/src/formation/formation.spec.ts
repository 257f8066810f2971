import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memberId } from '@config-guardian/raft';
import { PeerError } from '../transport/transport';
import { Formation, FormationRefused } from './formation';
import { encodeJson } from './formation-messages';
import type { FirstLog } from './formation-plan';
import { membersOf } from './formation-plan';

const ids = ['node-1', 'node-2', 'node-3'];
const peers = new Map(ids.map((id) => [id, `127.0.0.1:${id}`]));

/** Nodes that reach each other by a call; a node that is down answers nobody, and a request can be the last that gets through. */
class Nodes {
  readonly root = mkdtempSync(join(tmpdir(), 'config-guardian-formation-'));
  readonly answers = new Map<string, (method: string, body: Uint8Array) => Uint8Array>();
  readonly logs = new Map<string, FirstLog>();
  readonly told: string[] = [];
  readonly over = new AbortController();
  /** Requests that still arrive before everything is cut; negative: no limit. */
  left = -1;

  formation(nodeId: string, members: ReadonlyMap<string, string> = peers): Formation {
    const directory = mkdtempSync(join(this.root, `${nodeId}-`));
    return this.formationIn(directory, nodeId, members);
  }

  formationIn(directory: string, nodeId: string, members: ReadonlyMap<string, string> = peers): Formation {
    const formation = new Formation({ nodeId, peers: members, directory, log: (message) => this.told.push(message) });
    this.answers.set(nodeId, (method, body) => formation.answer(method, body));
    return formation;
  }

  /** Forms, and has a log from then on. */
  async run(nodeId: string, formation: Formation, signal = AbortSignal.timeout(5_000)): Promise<FirstLog> {
    const first = await formation.run(this, AbortSignal.any([this.over.signal, signal]));
    this.hasLog(nodeId, first);
    formation.finished();
    return first;
  }

  hasLog(nodeId: string, first: FirstLog): void {
    this.logs.set(nodeId, first);
    const { clusterId } = first.identity;
    const members = first.configuration.voters;
    this.answers.set(nodeId, () => encodeJson({ state: 'formed', clusterId, members }));
  }

  setPeers(): void {
    // Everybody reaches everybody.
  }

  request(nodeId: string, method: string, body: Uint8Array): Promise<Uint8Array> {
    const answer = this.answers.get(nodeId);
    if (!answer || this.left === 0) return Promise.reject(new PeerError('unreachable', `${nodeId} is not there`));
    this.left -= 1;
    return Promise.resolve().then(() => answer(method, body));
  }
}

describe('forming a cluster', () => {
  let nodes: Nodes;
  beforeEach(() => (nodes = new Nodes()));
  afterEach(() => {
    nodes.over.abort();
    rmSync(nodes.root, { recursive: true });
  });

  it('gives all nodes one cluster id and the same members, in whatever order they come', async () => {
    const third = nodes.run('node-3', nodes.formation('node-3'));
    const second = nodes.run('node-2', nodes.formation('node-2'));
    const first = nodes.run('node-1', nodes.formation('node-1'));
    const logs = await Promise.all([first, second, third]);
    expect(new Set(logs.map(({ identity }) => identity.clusterId)).size).toBe(1);
    for (const { configuration } of logs) expect(configuration).toEqual(logs[0]!.configuration);
    expect(logs[0]!.configuration.voters).toEqual(
      logs.map(({ identity }) => memberId(identity.nodeId, identity.incarnation)),
    );
  });

  it('waits until every peer is there, and names those who are not', async () => {
    const waiting = nodes.run('node-1', nodes.formation('node-1'));
    const other = nodes.run('node-2', nodes.formation('node-2'));
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(nodes.logs.size).toBe(0);
    expect(nodes.told).toContain('waiting for node-3');
    await Promise.all([waiting, other, nodes.run('node-3', nodes.formation('node-3'))]);
  });

  it('refuses a node that was wiped, and leaves the others alone', async () => {
    await Promise.all(ids.map((id) => nodes.run(id, nodes.formation(id))));
    await expect(nodes.run('node-1', nodes.formation('node-1'))).rejects.toThrow(FormationRefused);
    await expect(nodes.run('node-3', nodes.formation('node-3'))).rejects.toThrow('does not vote again');
  });

  it('never makes two clusters, wherever the planner dies, and goes on when it returns', async () => {
    for (let left = 0; left <= 6; left++) {
      nodes = new Nodes();
      const directory = mkdtempSync(join(nodes.root, 'node-1-'));
      const dying = new AbortController();
      const others = ['node-2', 'node-3'].map((id) => nodes.run(id, nodes.formation(id), AbortSignal.timeout(8_000)));
      nodes.left = left;
      const formation = nodes.formationIn(directory, 'node-1');
      const cut = formation.run(nodes, dying.signal).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 30));
      dying.abort();
      nodes.answers.delete('node-1');
      await cut;
      nodes.left = -1;
      const again = nodes.run('node-1', nodes.formationIn(directory, 'node-1'), AbortSignal.timeout(8_000));
      const logs = await Promise.all([again, ...others]);
      expect(new Set(logs.map(({ identity }) => identity.clusterId)).size).toBe(1);
      rmSync(nodes.root, { recursive: true });
    }
    nodes = new Nodes();
  }, 60_000);

  it('lets a first member that was down while the others began go on by the plan on its disk', async () => {
    const directory = mkdtempSync(join(nodes.root, 'node-3-'));
    const promised = nodes.formationIn(directory, 'node-3');
    const plan = { clusterId: 'cluster-1', incarnations: { 'node-1': 'a', 'node-2': 'b', 'node-3': 'c' } };
    promised.answer('formation/prepare', encodeJson(plan));
    const configuration = { voters: membersOf(plan), outgoing: [], learners: [], learnersNext: [], autoLeave: false };
    for (const [nodeId, incarnation] of [
      ['node-1', 'a'],
      ['node-2', 'b'],
    ] as const) {
      nodes.hasLog(nodeId, { identity: { clusterId: 'cluster-1', nodeId, incarnation }, configuration });
    }
    const { identity } = await nodes.run('node-3', nodes.formationIn(directory, 'node-3'));
    expect(identity).toEqual({ clusterId: 'cluster-1', nodeId: 'node-3', incarnation: 'c' });
    expect(readdirSync(directory)).toEqual([]);
  });

  it('refuses when the peers are not told the same members', async () => {
    const others = [
      nodes.formation('node-2', new Map([...peers, ['node-4', '127.0.0.1:4']])),
      nodes.formation('node-3'),
    ];
    void others.map((other, at) => nodes.run(`node-${at + 2}`, other).catch(() => undefined));
    await expect(nodes.run('node-1', nodes.formation('node-1'))).rejects.toThrow(
      'CLUSTER_PEERS names node-1, node-2, node-3, node-4 here and node-1, node-2, node-3 at the node that forms',
    );
  });
});
