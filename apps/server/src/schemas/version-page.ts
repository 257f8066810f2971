import type { ObjectLiteral, Repository } from 'typeorm';
import { Between } from 'typeorm';
import type { FindOptionsWhere } from 'typeorm';
import type { Page, PageLimits } from '../common/http/page';
import { decodeCursor, encodeCursor, refuseCursor } from '../common/http/page';
import { largestVersion } from './expected-version';

/** What a row takes in an answer besides its content, at most. */
const overheadBytes = 700;

/** A row of a history: one version of something, with its canonical text. */
interface VersionRow extends ObjectLiteral {
  readonly version: number;
}

/**
 * One page of a history, newest version first. The sizes are asked for before the texts, so that no more than an answer
 * may hold is read into memory. History is append-only: the two queries see the same rows.
 */
export async function versionPage<Row extends VersionRow, Item>(
  repository: Repository<Row>,
  of: FindOptionsWhere<Row>,
  { limit, cursor, maxBytes }: PageLimits & { readonly cursor: string | undefined },
  present: (row: Row) => Item,
): Promise<Page<Item>> {
  const sizes = repository
    .createQueryBuilder('row')
    .select('row.version', 'version')
    .addSelect('coalesce(octet_length(row.content), 0)', 'bytes')
    .where(of)
    .orderBy('row.version', 'DESC')
    .limit(limit + 1);
  if (cursor !== undefined) sizes.andWhere('row.version < :before', { before: versionIn(cursor) });
  const found = await sizes.getRawMany<{ version: number; bytes: number }>();
  const taken = fitting(found.slice(0, limit), maxBytes);
  const [newest, oldest] = [taken[0], taken.at(-1)];
  if (!newest || !oldest) return { items: [], nextCursor: null };
  const rows = await repository.find({
    where: { ...of, version: Between(oldest.version, newest.version) },
    order: { version: 'DESC' } as never,
  });
  return {
    items: rows.map(present),
    nextCursor: taken.length < found.length ? encodeCursor([oldest.version]) : null,
  };
}

/** Always at least one. */
function fitting<Size extends { readonly bytes: number }>(sizes: readonly Size[], maxBytes: number): readonly Size[] {
  let bytes = 0;
  const end = sizes.findIndex((size, place) => (bytes += size.bytes + overheadBytes) > maxBytes && place > 0);
  return end === -1 ? sizes : sizes.slice(0, end);
}

function versionIn(cursor: string): number {
  const version = Number(decodeCursor(cursor, 1)[0]);
  return Number.isInteger(version) && version > 0 && version <= largestVersion ? version : refuseCursor();
}
