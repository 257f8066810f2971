import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { reject } from '../rejected';
import { ReadQuery } from './read-query';

const defaultLimit = 50;

export class PageQuery extends ReadQuery {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: 200,
    default: defaultLimit,
    description: 'Most items in this page.',
  })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value,
  )
  @IsInt({ message: 'limit must be a whole number from 1 to 200' })
  @Min(1, { message: 'limit must be a whole number from 1 to 200' })
  @Max(200, { message: 'limit must be a whole number from 1 to 200' })
  readonly limit: number = defaultLimit;

  @ApiPropertyOptional({ description: '`nextCursor` of the page before.' })
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  readonly cursor?: string;
}

export class SearchQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Only items that contain this text, upper or lower case.' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  readonly q?: string;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** A cursor names the last item that was given, so pages are stable while items come and go. */
export const encodeCursor = (position: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(position)).toString('base64url');

export function decodeCursor(cursor: string, length: number): readonly string[] {
  try {
    const position: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (
      Array.isArray(position) &&
      position.length === length &&
      position.every((part) => ['string', 'number'].includes(typeof part))
    ) {
      return position.map(String);
    }
  } catch {
    // falls through: it is no cursor of ours
  }
  return refuseCursor();
}

export function refuseCursor(): never {
  return reject('validation-failed', {
    errors: [{ parameter: 'cursor', message: 'must be the nextCursor of a page of this list' }],
  });
}

/** The rows with `q` in one of their texts, upper or lower case; all of them without a `q`. */
export function* containing<Row>(
  rows: Iterable<Row>,
  q: string | undefined,
  textsOf: (row: Row) => readonly (string | null)[],
): Generator<Row> {
  const wanted = q?.toLowerCase() ?? '';
  for (const row of rows) {
    if (wanted === '' || textsOf(row).some((text) => text?.toLowerCase().includes(wanted))) yield row;
  }
}

export interface PageLimits {
  readonly limit: number;
  readonly maxBytes: number;
}

/** Takes items until the page is full, by count or by bytes (always at least one), and says where to go on. */
export function paged<Row, Item>(
  rows: Iterable<Row>,
  { limit, maxBytes }: PageLimits,
  present: (row: Row) => Item,
  position: (row: Row) => readonly (string | number)[],
): Page<Item> {
  const items: Item[] = [];
  let bytes = 0;
  let last: Row | undefined;
  for (const row of rows) {
    if (items.length === limit) return { items, nextCursor: last === undefined ? null : encodeCursor(position(last)) };
    const item = present(row);
    bytes += Buffer.byteLength(JSON.stringify(item));
    if (items.length > 0 && bytes > maxBytes)
      return { items, nextCursor: last === undefined ? null : encodeCursor(position(last)) };
    items.push(item);
    last = row;
  }
  return { items, nextCursor: null };
}
