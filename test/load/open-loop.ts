import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { quantilesOf } from './load-run';
import type { ReadFigures, ReadLoad } from './read-load';
import { cpuOf } from './read-load';

/** Nothing of an answer is counted before the run is warm. */
const warmUpMs = 1_000;
/** How long what was sent may take to be answered when nothing more is sent. */
const patienceMs = 10_000;

/** One request at a time over a connection that stays open; knows of HTTP what it takes to see the end of an answer. */
class Caller {
  #head = '';
  #missing = 0;
  isGood = true;

  private constructor(
    private readonly socket: Socket,
    private readonly request: Buffer,
    private readonly onAnswer: (caller: Caller) => void,
  ) {
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', () => (this.isGood = false)).on('close', () => (this.isGood = false));
  }

  static async to(url: URL, onAnswer: (caller: Caller) => void): Promise<Caller> {
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    await once(socket, 'connect');
    const request = `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`;
    return new Caller(socket, Buffer.from(request), onAnswer);
  }

  send(): void {
    this.socket.write(this.request);
  }

  end(): void {
    this.socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#missing === 0) {
      this.#head += chunk.toString('latin1');
      const end = this.#head.indexOf('\r\n\r\n');
      if (end < 0) return;
      this.isGood &&= this.#head.startsWith('HTTP/1.1 200');
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#head)?.[1] ?? Number.NaN);
      this.#missing = length - (this.#head.length - end - 4);
      this.#head = '';
    } else this.#missing -= chunk.length;
    // Another length than the head told, or none: the next answer could not be found.
    if (!(this.#missing >= 0)) this.isGood = false;
    if (this.#missing === 0 || !this.isGood) this.onAnswer(this);
  }
}

/**
 * So many requests a second, whether or not the ones before are answered. The latency of each counts from the moment
 * at which it was due: also the time that it waited for a connection, or for this process. So a server that stands still
 * shows it in the requests of all that time, and not in the few that were under way (coordinated omission).
 */
export async function openLoop(
  { url, pids }: ReadLoad,
  options: { readonly perSecond: number; readonly connections: number; readonly seconds: number },
): Promise<ReadFigures> {
  const { perSecond, connections, seconds } = options;
  const total = Math.round(perSecond * (seconds + warmUpMs / 1000));
  const free: Caller[] = [];
  const dueOf = new Map<Caller, number>();
  const latencies: number[] = [];
  let [sent, answered, failed, startedAt] = [0, 0, 0, Infinity];
  const sendDue = (): void => {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * perSecond));
    for (let caller = sent < due ? free.pop() : undefined; caller; caller = sent < due ? free.pop() : undefined) {
      dueOf.set(caller, (sent++ / perSecond) * 1000);
      caller.send();
    }
  };
  const onAnswer = (caller: Caller): void => {
    const due = dueOf.get(caller) ?? 0;
    answered++;
    if (due >= warmUpMs) latencies.push(performance.now() - startedAt - due);
    if (caller.isGood) free.push(caller);
    else failed++;
    sendDue();
  };
  const callers = await Promise.all(Array.from({ length: connections }, () => Caller.to(new URL(url), onAnswer)));
  free.push(...callers);
  const [cpuBefore, ownBefore] = [cpuOf(pids), process.cpuUsage()];
  startedAt = performance.now();
  const latest = startedAt + (total / perSecond) * 1000 + patienceMs;
  for (; answered < total && failed < connections && performance.now() < latest; await wait(1)) sendDue();
  const tookMs = performance.now() - startedAt - warmUpMs;
  const { user, system } = process.cpuUsage(ownBefore);
  const serverCpu = (cpuOf(pids) - cpuBefore) / answered;
  for (const caller of callers) caller.end();
  const quantile = quantilesOf(latencies);
  return {
    perSecond: (latencies.length / tookMs) * 1000,
    ...{ p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) },
    errors: total - answered + failed,
    serverCpu,
    loadCpu: (user + system) / answered,
  };
}
