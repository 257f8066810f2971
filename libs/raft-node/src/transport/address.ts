export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `host:port`; an IPv6 address stands in brackets, `[::1]:7400`. */
export function parseAddress(text: string): Address {
  const match = /^(?:\[([0-9a-fA-F:.%\w]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || !(port <= 65_535)) throw new RangeError(`"${text}" is not host:port.`);
  return { host, port };
}

export function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
