import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { reject } from '../common/rejected';

/** A version in the path. PostgreSQL's integer bounds it. */
export class WholeNumberPipe implements PipeTransform<string, number> {
  transform(value: string, { data }: ArgumentMetadata): number {
    if (/^[1-9]\d{0,9}$/.test(value) && Number(value) <= 2_147_483_647) return Number(value);
    return reject('validation-failed', {
      errors: [{ parameter: data ?? 'path', message: 'must be a whole number from 1' }],
    });
  }
}
