import type { ClusterNode } from './cluster-node';

const line = /^config_guardian_peer_refused_connections_total\{reason="([^"]+)"\} (\d+)$/gm;

/** How many connections with peers a node says that it closed, by why. */
export async function refusedConnections(node: ClusterNode): Promise<Readonly<Record<string, number>>> {
  const answer = await fetch(`${node.url}/metrics`);
  const text = await answer.text();
  return Object.fromEntries([...text.matchAll(line)].map(([, reason, count]) => [reason, Number(count)]));
}
