import { resolveSrv } from 'node:dns/promises';

export type SrvLookup = (name: string) => Promise<readonly { readonly name: string; readonly port: number }[]>;

/** Where members may be found: a list of `host:port`, or `srv:` and a name whose records say so. Asked anew each time. */
export async function seedAddresses(join: string, lookup: SrvLookup = resolveSrv): Promise<readonly string[]> {
  if (!join.startsWith('srv:')) return join.split(',').map((address) => address.trim());
  const records = await lookup(join.slice('srv:'.length));
  return records.map(({ name, port }) => `${name}:${port}`);
}
