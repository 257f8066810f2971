import { configuration, memberId } from '@config-guardian/raft';
import type { Configuration, MemberId } from '@config-guardian/raft';
import { join } from 'node:path';
import { SimulatedDisk } from '../src/disk/simulated-disk';
import { StallableFileSystem } from '../src/disk/stallable-file-system';
import { seededRandom } from '../src/disk/seeded-random';
import type { RaftLogOptions } from '../src/open-raft-log';
import { openRaftLog } from '../src/open-raft-log';
import type { RaftLog } from '../src/raft-log';
import { LogError } from '../src/replicated-log';
import type { PeerIdentity } from '../src/transport/transport';
import { RecordingConsumer } from './recording-consumer';
import { SimulatedNetwork } from './simulated-network';
import { VirtualClock } from './virtual-clock';

export type NodeOptions = Partial<Pick<RaftLogOptions, 'limits' | 'timing'>> & {
  /** Where each node keeps its snapshots, in a directory of its own. */
  readonly snapshotsIn?: string;
};

/** One node of a cluster in virtual time: its disk survives its lives, its consumer stands for a database that keeps everything. */
export class ClusterNode {
  readonly disk: SimulatedDisk;
  readonly fileSystem: StallableFileSystem;
  readonly fatal: Error[] = [];
  readonly warnings: string[] = [];
  consumer = new RecordingConsumer();
  log!: RaftLog<string>;
  wallOffset = 0;
  private readonly random: () => number;

  constructor(
    readonly world: Cluster,
    readonly nodeId: string,
    readonly incarnation: string,
    seed: number,
  ) {
    this.disk = new SimulatedDisk({ seed });
    this.fileSystem = new StallableFileSystem(this.disk);
    this.random = seededRandom(seed);
  }

  get member(): MemberId {
    return memberId(this.nodeId, this.incarnation);
  }

  get identity(): PeerIdentity {
    const { nodeId, incarnation } = this;
    const common = { raftAddress: `${nodeId}:7400`, apiAddress: `http://${nodeId}`, version: '1', clusterVersion: 1 };
    return { nodeId, incarnation, clusterId: 'cluster', ...common };
  }

  get snapshotsDirectory(): string {
    return join(this.world.options.snapshotsIn ?? '', this.nodeId);
  }

  get leads(): boolean {
    return this.log.status().role === 'leader';
  }

  async open(formedWith: Configuration, options: NodeOptions = {}): Promise<void> {
    const { nodeId, incarnation, world, fileSystem, random, consumer } = this;
    this.log = await openRaftLog<string>({
      directory: '/log',
      nodeId,
      begin: { identity: { clusterId: 'cluster', nodeId, incarnation }, configuration: formedWith },
      transport: world.network.transport(this.identity),
      fileSystem,
      clock: world.clock.of(this),
      random,
      onFatal: (error) => this.consumer === consumer && this.fatal.push(error),
      onWarning: (message) => this.warnings.push(message),
      ...world.options,
      ...options,
      ...(world.options.snapshotsIn && { snapshotsDirectory: this.snapshotsDirectory }),
      limits: { segmentBytes: 64 << 10, ...world.options.limits, ...options.limits },
    });
  }

  async start(formedWith: Configuration, options: NodeOptions = {}): Promise<void> {
    await this.open(formedWith, options);
    this.world.network.attach(this.identity, this.log.handlers);
    await this.world.clock.settled(this.log.start(this.consumer));
  }

  /** The process dies at once; with power, what was not synced goes too. */
  async crash(how: 'kill' | 'power' = 'kill'): Promise<void> {
    this.world.network.detach(this.nodeId);
    if (how === 'kill') this.disk.kill();
    else this.disk.losePower();
    void this.log.stop().catch(() => undefined);
    await this.world.clock.advance(20);
  }

  /** Comes back with what its database had. */
  restart(options: NodeOptions = {}): Promise<void> {
    const old = this.consumer;
    this.consumer = new RecordingConsumer(old.appliedIndex, old.membership);
    this.consumer.entries = [...old.entries];
    if (old.snapshots !== undefined) this.consumer.snapshots = old.snapshots;
    return this.start(configuration([]), options);
  }

  async stop(): Promise<void> {
    await this.world.clock.settled(this.log.stop());
    this.world.network.detach(this.nodeId);
  }
}

export class Cluster {
  readonly clock = new VirtualClock();
  readonly network = new SimulatedNetwork(this.clock);
  readonly nodes: ClusterNode[] = [];

  constructor(
    readonly options: NodeOptions = {},
    private readonly seed = 1,
  ) {}

  addNode(nodeId = `n${this.nodes.length + 1}`, incarnation = 'a'): ClusterNode {
    const node = new ClusterNode(this, nodeId, incarnation, this.seed * 100 + this.nodes.length);
    this.nodes.push(node);
    return node;
  }

  node(nodeId: string): ClusterNode {
    return this.nodes.find((node) => node.nodeId === nodeId)!;
  }

  get leader(): ClusterNode | undefined {
    const leaders = this.nodes.filter((node) => node.log !== undefined && node.leads);
    return leaders.sort((a, b) => b.log.status().term - a.log.status().term)[0];
  }

  /** The leader that a majority of all nodes knows. */
  async untilLed(): Promise<ClusterNode> {
    await this.clock.until('a leader is known', () => {
      const { leader } = this;
      const following = this.nodes.filter((node) => node.log?.status().leaderId === leader?.nodeId);
      return leader !== undefined && following.length * 2 > this.nodes.length;
    });
    return this.leader!;
  }

  followers(): ClusterNode[] {
    const { leader } = this;
    return this.nodes.filter((node) => node !== leader);
  }

  async untilEqual(nodes = this.nodes): Promise<void> {
    await this.clock.until('all stand at the same index', () => {
      const indexes = nodes.map((node) => node.consumer.appliedIndex);
      const last = Math.max(...nodes.map((node) => node.log.status().lastIndex));
      return indexes.every((index) => index === last);
    });
  }
}

export async function aCluster(count: number, options: NodeOptions = {}, seed = 1): Promise<Cluster> {
  const cluster = new Cluster(options, seed);
  for (let n = 0; n < count; n += 1) cluster.addNode();
  const formedWith = configuration(cluster.nodes.map(({ member }) => member));
  for (const node of cluster.nodes) await node.start(formedWith);
  await cluster.untilLed();
  return cluster;
}

export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'resolved',
    (error: unknown) => (error instanceof LogError ? error.code : String(error)),
  );
}

export function timesApplied(node: ClusterNode, command: string): number {
  return node.consumer.commands.filter((each) => each === command).length;
}

/** A group of one. */
export async function aNode(options: NodeOptions = {}): Promise<ClusterNode> {
  return (await aCluster(1, options)).nodes[0]!;
}
