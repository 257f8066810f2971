import type { RemoteInfo, Socket } from 'node:dgram';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';

export interface SrvTarget {
  readonly name: string;
  readonly port: number;
}

const headerBytes = 12;
const types = { srv: 33 };
const internet = 1;
const ttlSeconds = 1;

const labels = (name: string): Buffer =>
  Buffer.concat([
    ...name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'ascii')])),
    Buffer.from([0]),
  ]);

const numbers = (...values: readonly number[]): Buffer => {
  const out = Buffer.alloc(values.length * 2);
  values.forEach((value, n) => out.writeUInt16BE(value, n * 2));
  return out;
};

/** A DNS server (RFC 1035, RFC 2782) that knows SRV records of names, and nothing else. */
export class SrvServer {
  readonly #records = new Map<string, readonly SrvTarget[]>();
  /** Names that were asked for, in order. */
  readonly asked: string[] = [];

  private constructor(private readonly socket: Socket) {
    socket.on('message', (query, from) => this.#answer(query, from));
  }

  static async open(): Promise<SrvServer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new SrvServer(socket);
  }

  /** What makes a node resolve names here: for its environment, beside the modules that it loads first already. */
  variables(nodeOptions = ''): Readonly<Record<string, string>> {
    const use = join(__dirname, 'use-srv-server.cjs');
    return {
      TEST_NAME_SERVER: `127.0.0.1:${this.socket.address().port}`,
      NODE_OPTIONS: `${nodeOptions} --require ${JSON.stringify(use)}`.trim(),
    };
  }

  set(name: string, targets: readonly SrvTarget[]): void {
    this.#records.set(name, targets);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.socket.close(() => resolve()));
  }

  #answer(query: Buffer, from: RemoteInfo): void {
    const { name, end } = nameIn(query);
    this.asked.push(name);
    const found = query.readUInt16BE(end) === types.srv ? (this.#records.get(name) ?? []) : [];
    const answers = found.map(({ name: target, port }) => {
      const data = Buffer.concat([numbers(0, 0, port), labels(target)]);
      // 0xc00c: the name of the question.
      return Buffer.concat([numbers(0xc00c, types.srv, internet, 0, ttlSeconds, data.length), data]);
    });
    const flags = 0x8180;
    const header = Buffer.concat([query.subarray(0, 2), numbers(flags, 1, answers.length, 0, 0)]);
    this.socket.send(
      Buffer.concat([header, query.subarray(headerBytes, end + 4), ...answers]),
      from.port,
      from.address,
    );
  }
}

/** The name of the question, and where its type begins. */
function nameIn(query: Buffer): { readonly name: string; readonly end: number } {
  const parts: string[] = [];
  let at = headerBytes;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    parts.push(query.toString('ascii', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: parts.join('.'), end: at + 1 };
}
