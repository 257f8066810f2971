import type { ClusterNode } from './cluster-node';

/** What a node has in PostgreSQL: a digest of each replicated table, and where it stands. */
export async function storedRows(node: ClusterNode): Promise<Readonly<Record<string, unknown>>> {
  const tables = await node.query(
    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name NOT IN ('migrations', 'raft_meta')",
  );
  const digests = tables.map(
    ({ table_name: name }) =>
      `SELECT '${String(name)}' AS name, count(*)::int AS rows, md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE "C"), '')) AS digest FROM "${String(name)}" t`,
  );
  const rows = await node.query(`${digests.join(' UNION ALL ')} ORDER BY name`);
  const [meta] = await node.query('SELECT applied_index, row_hash, audit_head_hash FROM raft_meta');
  return { ...Object.fromEntries(rows.map(({ name, ...digest }) => [String(name), digest])), meta };
}
