import { TcpTransport } from '@config-guardian/raft-node';
import type { Socket } from 'node:net';
import { connect } from 'node:net';

/** Length (u32, little-endian) and type. */
export const FRAME_HEADER_BYTES = 5;

export function header(type: number, length: number): Buffer {
  const bytes = Buffer.alloc(FRAME_HEADER_BYTES);
  bytes.writeUInt32LE(length);
  bytes.writeUInt8(type, FRAME_HEADER_BYTES - 1);
  return bytes;
}

/** Somebody with a socket and no secret. */
export class Stranger {
  isGone = false;
  readonly #socket: Socket;

  constructor(address: string) {
    const [host, port] = address.split(':');
    this.#socket = connect({ host, port: Number(port) });
    this.#socket.on('error', () => undefined).on('close', () => (this.isGone = true));
    this.#socket.resume();
  }

  write(bytes: Buffer): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  end(bytes: Buffer): void {
    this.#socket.end(bytes);
  }
}

/** One question to a node by the real transport, from somebody who is no member. */
export async function dialAs(
  { secret, clusterId }: { readonly secret: string; readonly clusterId: string | null },
  address: string,
): Promise<void> {
  const transport = new TcpTransport({
    listen: '127.0.0.1:0',
    secrets: [secret],
    identity: {
      ...{ nodeId: 'stranger', incarnation: 'stranger-1', clusterId, version: '0.1.0', clusterVersion: 1 },
      ...{ raftAddress: '127.0.0.1:1', apiAddress: 'http://127.0.0.1:1' },
    },
  });
  try {
    await transport.requestAt(address, 'cluster/standing', Buffer.from('{}'), { timeoutMs: 10_000 });
  } finally {
    await transport.close();
  }
}
