import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { ReadQuery } from '../../common/http/read-query';
import { keyPattern } from '../../configs/config.rules';

const key = keyPattern.source.slice(1, -1);
/** Config keys, separated by commas. */
export const keyList = new RegExp(`^${key}(,${key}){0,199}$`);

export class WatchQuery extends ReadQuery {
  @ApiPropertyOptional({
    type: String,
    description:
      'Only these configs, such as app.settings,database, at most 200 keys. A key may be watched before there is a config. By default: all.',
  })
  @IsOptional()
  @Matches(keyList, { message: 'keys must be config keys, separated by commas, at most 200' })
  readonly keys?: string;
}
