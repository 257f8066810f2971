import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LinkProxy } from './link-proxy';

/** The network between the nodes: a proxy for each pair and each way to dial. */
export class Links {
  readonly #addresses = new Map<string, string>();
  /** By who dials, then by who is dialled. */
  readonly #proxies = new Map<string, Map<string, LinkProxy>>();

  constructor(private readonly directory: string) {}

  /** A node that others will dial at this address; an address that it had before leads nowhere any more. */
  async add(nodeId: string, address: string): Promise<void> {
    await this.remove(nodeId);
    this.#addresses.set(nodeId, address);
    this.#proxies.set(nodeId, new Map());
    for (const other of this.#addresses.keys()) {
      if (other === nodeId) continue;
      this.#proxies.get(other)?.set(nodeId, await LinkProxy.to(address));
      this.#proxies.get(nodeId)?.set(other, await LinkProxy.to(this.#addressOf(other)));
    }
    this.#write();
  }

  async remove(nodeId: string): Promise<void> {
    const links = [...(this.#proxies.get(nodeId)?.values() ?? [])];
    this.#proxies.delete(nodeId);
    this.#addresses.delete(nodeId);
    for (const others of this.#proxies.values()) {
      const link = others.get(nodeId);
      if (link !== undefined) links.push(link);
      others.delete(nodeId);
    }
    await Promise.all(links.map((link) => link.close()));
    this.#write();
  }

  /** What makes a node dial through its links: for its environment. */
  variablesOf(nodeId: string): Readonly<Record<string, string>> {
    return {
      CLUSTER_LINKS: this.#fileOf(nodeId),
      NODE_OPTIONS: `--require ${JSON.stringify(join(__dirname, 'diverted-dials.cjs'))}`,
    };
  }

  /** What `from` dials `to` by. */
  link(from: string, to: string): LinkProxy {
    const link = this.#proxies.get(from)?.get(to);
    if (link === undefined) throw new Error(`there is no link from ${from} to ${to}`);
    return link;
  }

  /** Nothing that `from` says reaches `to`, on whichever connection; what `to` says still reaches `from`. */
  cutOneWay(from: string, to: string): void {
    this.link(from, to).cut('forward');
    this.link(to, from).cut('backward');
  }

  cut(one: string, other: string): void {
    this.cutOneWay(one, other);
    this.cutOneWay(other, one);
  }

  /** These nodes on one side, all others on the other. */
  partition(side: readonly string[]): void {
    for (const one of side) for (const other of this.#addresses.keys()) if (!side.includes(other)) this.cut(one, other);
  }

  healAll(): void {
    for (const links of this.#proxies.values())
      for (const link of links.values()) {
        link.heal();
        link.delay(0);
      }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#proxies.values()].flatMap((links) => [...links.values()].map((link) => link.close())));
  }

  #addressOf(nodeId: string): string {
    return this.#addresses.get(nodeId) ?? '';
  }

  #fileOf(nodeId: string): string {
    return join(this.directory, `links-of-${nodeId}.json`);
  }

  /** Replaced in one step, as nodes read them at any time. */
  #write(): void {
    for (const [nodeId, links] of this.#proxies) {
      const table = [...links].map(([other, link]) => [this.#addressOf(other), link.address]);
      writeFileSync(`${this.#fileOf(nodeId)}.new`, JSON.stringify(Object.fromEntries(table)));
      renameSync(`${this.#fileOf(nodeId)}.new`, this.#fileOf(nodeId));
    }
  }
}
