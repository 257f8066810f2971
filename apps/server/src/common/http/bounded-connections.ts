import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Environment } from '../env';

export interface ConnectionBounds {
  readonly most: number;
  /** From one address; null when there is no bound. */
  readonly mostPerAddress: number | null;
}

type Limits = Pick<Environment, 'maxConnections' | 'maxConnectionsPerAddress'>;

/** What each of so many processes may take. */
export const boundsOf = ({ maxConnections, maxConnectionsPerAddress }: Limits, processes = 1): ConnectionBounds => ({
  most: Math.ceil(maxConnections / processes),
  mostPerAddress: maxConnectionsPerAddress === null ? null : Math.ceil(maxConnectionsPerAddress / processes),
});

/**
 * Closes connections beyond the bounds before a byte of them is read, TLS or not. `maxConnections` of the server will
 * not do: the node deals connections out to its read workers, and one that all of them refuse would go round for ever.
 */
export function boundConnections(server: Server, bounds: ConnectionBounds): void {
  // In front of TLS and HTTP, which listen too.
  server.prependListener('connection', bounded(bounds));
}

/** To be called with each new connection: closes it when it is one too many. */
export function bounded({ most, mostPerAddress }: ConnectionBounds): (connection: Socket) => void {
  const byAddress = new Map<string, number>();
  let open = 0;
  return (connection) => {
    const { remoteAddress: address = '' } = connection;
    const ofAddress = byAddress.get(address) ?? 0;
    if (open >= most || (mostPerAddress !== null && ofAddress >= mostPerAddress)) return void connection.destroy();
    open++;
    byAddress.set(address, ofAddress + 1);
    connection.once('close', () => {
      open--;
      const left = (byAddress.get(address) ?? 1) - 1;
      if (left === 0) byAddress.delete(address);
      else byAddress.set(address, left);
    });
  };
}
