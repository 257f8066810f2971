import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import type { Request } from 'express';
import type { InputError } from '../rejected';
import { reject } from '../rejected';
import { parseDuration } from '../units';
import type { ReadConsistency } from './request-context';

/** The parameters that every read takes. The access guard acts on them; a DTO extends this so that they are known. */
export class ReadQuery {
  @ApiPropertyOptional({
    enum: ['linearizable', 'local'],
    default: 'linearizable',
    description: 'linearizable: never older than the newest acknowledged write. local: the state of the node asked.',
  })
  @IsOptional()
  @IsIn(['linearizable', 'local'])
  readonly consistency?: 'linearizable' | 'local';

  @ApiPropertyOptional({
    type: String,
    example: '500ms',
    description: 'With consistency=local: refuse when the state may be older than this.',
  })
  @IsOptional()
  @Matches(/^\d{1,12}(ms|s|m|h|d)$/, { message: 'maxStaleness must be a duration such as 500ms or 5s' })
  readonly maxStaleness?: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    description: 'Wait until the node has applied this log index (X-Config-Index of an earlier answer).',
  })
  @IsOptional()
  @Matches(/^\d{1,15}$/, { message: 'minIndex must be a whole number' })
  readonly minIndex?: string;
}

export const readParameters: ReadonlySet<string> = new Set(['consistency', 'maxStaleness', 'minIndex']);

/** For routes without a query of their own: a parameter that nobody reads is a mistake of the caller, as in a body. */
export function refuseOtherParameters(request: Pick<Request, 'query'>, known: ReadonlySet<string>): void {
  const errors = Object.keys(request.query)
    .filter((name) => !known.has(name))
    .map((parameter) => ({ parameter, message: 'is not known here' }));
  if (errors.length > 0) reject('validation-failed', { errors });
}

/** Reads the consistency parameters of any request; wrong ones are refused by name. */
export function readConsistencyOf(request: Pick<Request, 'query'>): ReadConsistency {
  const { consistency = 'linearizable', maxStaleness, minIndex } = request.query;
  const errors: InputError[] = [];
  if (consistency !== 'linearizable' && consistency !== 'local')
    errors.push({ parameter: 'consistency', message: 'must be linearizable or local' });
  const maxStalenessMs = typeof maxStaleness === 'string' ? parseDuration(maxStaleness) : undefined;
  if (maxStaleness !== undefined && maxStalenessMs === undefined)
    errors.push({ parameter: 'maxStaleness', message: 'must be a duration such as 500ms or 5s' });
  if (maxStaleness !== undefined && consistency === 'linearizable')
    errors.push({ parameter: 'maxStaleness', message: 'goes with consistency=local only' });
  if (minIndex !== undefined && !(typeof minIndex === 'string' && /^\d{1,15}$/.test(minIndex)))
    errors.push({ parameter: 'minIndex', message: 'must be a whole number' });
  if (errors.length > 0) reject('validation-failed', { errors });
  return {
    level: consistency === 'local' ? 'local' : 'linearizable',
    maxStalenessMs: maxStalenessMs ?? null,
    minIndex: minIndex === undefined ? null : Number(minIndex),
  };
}
