import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import type { Precondition } from '../common/http/precondition';
import { preconditionOf } from '../common/http/precondition';
import type { RequestContext } from '../common/http/request-context';
import { reject } from '../common/rejected';

export const largestVersion = 2_147_483_647;

const about = {
  type: 'integer',
  minimum: 1,
  maximum: largestVersion,
  example: 3,
  description:
    'Change it only if this is its current version. If-Match says the same with an ETag; both given, both must hold.',
} as const;

const IsVersion = () =>
  applyDecorators(
    IsInt({ message: 'must be a whole number from 1' }),
    Min(1, { message: 'must be a whole number from 1' }),
    Max(largestVersion, { message: `must be at most ${largestVersion}` }),
  );

/** In a body. */
export const TakesExpectedVersion = () => applyDecorators(ApiPropertyOptional(about), IsOptional(), IsVersion());

/** In a query. */
export const TakesVersion = () =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value,
    ),
    IsVersion(),
  );

/** Of a change: `consistency` and the like are for reads. */
export class ExpectedVersionQuery {
  @ApiPropertyOptional(about)
  @IsOptional()
  @TakesVersion()
  readonly expectedVersion?: number;
}

/** Of a deletion, whose body may be left out; OpenAPI has no place for one. */
export class ExpectedVersionBody {
  @IsOptional()
  @IsVersion()
  readonly expectedVersion?: number;
}

export interface MaySayVersion {
  readonly expectedVersion?: number;
}

/** What the body, the query and If-Match together ask of the current version. */
export function preconditionFrom(body: MaySayVersion, query: MaySayVersion, { ifMatch }: RequestContext): Precondition {
  // `expectedVersion: null` in a body is as good as none.
  const said = [body.expectedVersion ?? undefined, query.expectedVersion].filter((version) => version !== undefined);
  if (new Set(said).size > 1) {
    const message = 'is not the expectedVersion of the body';
    reject('validation-failed', { errors: [{ parameter: 'expectedVersion', message }] });
  }
  return preconditionOf(said[0], ifMatch);
}
