import { fork } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import type { AppendMessage, CommandEntry, Message } from '@config-guardian/raft';
import { memberId } from '@config-guardian/raft';
import { messageFrame } from '../../libs/raft-node/src/transport/message-codec';
import { TcpTransport } from '../../libs/raft-node/src/transport/tcp-transport';
import type { PeerIdentity } from '../../libs/raft-node/src/transport/transport';

/**
 * Two processes over loopback, as leader and follower: appends with entries of 256 bytes go out, each is answered by an
 * acknowledgement, and so many are on their way at once. Nothing is written to a disk.
 *
 *   npm run bench:transport
 */
const SECONDS = Number(process.env.SECONDS ?? 3);
const ENTRY_BYTES = 256;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

function identity(nodeId: string): PeerIdentity {
  const addresses = { raftAddress: '127.0.0.1:0', apiAddress: 'http://127.0.0.1:0' };
  return { nodeId, incarnation: 'bench', clusterId: 'bench', ...addresses, version: '0', clusterVersion: 1 };
}

async function open(nodeId: string, onMessage: (message: Message) => void): Promise<TcpTransport> {
  const transport = new TcpTransport({ listen: '127.0.0.1:0', secrets: ['bench'], identity: identity(nodeId) });
  const nothing = (): void => undefined;
  const onRequest = (): Promise<Uint8Array> => Promise.resolve(new Uint8Array());
  await transport.start({ onMessage, onRequest, onUnreachable: nothing, onPeer: nothing });
  return transport;
}

async function follow(): Promise<void> {
  const [from, to] = [memberId('follower', 'bench'), memberId('leader', 'bench')];
  const transport = await open('follower', (message) => {
    if (message.type !== 'append') return;
    const index = message.prevIndex + message.entries.length;
    transport.send({ type: 'append-response', from, to, term: 1, reject: false, index });
  });
  process.on('message', (leader: string) => transport.setPeers(new Map([['leader', leader]])));
  process.on('disconnect', () => process.exit());
  process.send!(transport.address);
}

function append(prevIndex: number, entries: number): AppendMessage {
  const [from, to] = [memberId('leader', 'bench'), memberId('follower', 'bench')];
  const data = Buffer.alloc(ENTRY_BYTES, 7);
  return {
    ...{ type: 'append', from, to, term: 1, prevIndex, prevTerm: 1, commit: prevIndex },
    entries: Array.from({ length: entries }, (_, n) => ({
      type: 'command',
      index: prevIndex + n + 1,
      term: 1,
      data,
    })),
  };
}

async function lead(): Promise<void> {
  const follower = fork(__filename, ['follow']);
  let acknowledged = (): void => undefined;
  const transport = await open('leader', () => acknowledged());
  const [address] = (await once(follower, 'message')) as [string];
  follower.send(transport.address);
  transport.setPeers(new Map([['follower', address]]));
  while (transport.stats().connections < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  for (const [entries, inFlight] of [
    [1, 1],
    [1, 64],
    [1, 512],
    [64, 16],
  ] as const) {
    await measure(transport, entries, inFlight, (listener) => (acknowledged = listener));
  }
  compareCodecs();
  follower.kill();
  await transport.close();
}

async function measure(
  transport: TcpTransport,
  entries: number,
  inFlight: number,
  onAcknowledged: (listener: () => void) => void,
): Promise<void> {
  let [sent, answered] = [0, 0];
  const next = (): void => transport.send(append(entries * sent++, entries));
  const begin = performance.now();
  const before = { ...transport.stats(), ...process.cpuUsage() };
  await new Promise<void>((resolve) => {
    onAcknowledged(() => {
      answered += 1;
      if (performance.now() - begin < SECONDS * 1000) next();
      else if (answered === sent) resolve();
    });
    for (let n = 0; n < inFlight; n++) next();
  });
  const seconds = (performance.now() - begin) / 1000;
  const after = { ...transport.stats(), ...process.cpuUsage() };
  const wire = (after.bytesSent - before.bytesSent) / seconds / 1e6;
  const cpu = (after.user + after.system - before.user - before.system) / answered;
  print(
    `${entries} x ${ENTRY_BYTES} B, ${inFlight} in flight: ${Math.round(answered / seconds)} appends/s, ` +
      `${Math.round((answered * entries) / seconds)} entries/s, ${wire.toFixed(1)} MB/s, ` +
      `${cpu.toFixed(1)} us CPU an append and its answer on this side, dropped ${after.dropped - before.dropped}`,
  );
}

/** The encoding alone, beside JSON with the data in base64. */
function compareCodecs(): void {
  const message = append(1_000_000, 64);
  const out = Buffer.alloc(messageFrame(message).bound);
  const text = (): string => {
    const entries = message.entries.map((entry) => ({
      ...entry,
      data: Buffer.from((entry as CommandEntry).data).toString('base64'),
    }));
    return JSON.stringify({ ...message, entries });
  };
  for (const [name, encode] of [
    ['binary', () => messageFrame(message).write(out, 0)],
    ['JSON', () => Buffer.byteLength(text())],
  ] as const) {
    const begin = performance.now();
    for (let n = 0; n < 2000; n++) encode();
    const each = ((performance.now() - begin) / 2000) * 1000;
    print(`Encoding 64 x ${ENTRY_BYTES} B as ${name}: ${each.toFixed(1)} us, ${encode()} bytes`);
  }
}

void (process.argv[2] === 'follow' ? follow() : lead());
