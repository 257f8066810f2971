import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { ReadQuery } from '../common/http/read-query';
import { AnyJson } from '../schemas/any-json';

export class ReadConfigQuery extends ReadQuery {
  @ApiPropertyOptional({
    enum: ['true', 'false'],
    default: 'false',
    description: 'true: the bare content of one config, without the members around it.',
  })
  @IsOptional()
  @IsIn(['true', 'false'])
  readonly raw?: 'true' | 'false';

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    description:
      'Wait until the config changes after this log index (X-Config-Index of an earlier answer). When `wait` is over: 304, or 404 for a config that is not there.',
  })
  @IsOptional()
  @Matches(/^\d{1,15}$/, { message: 'waitIndex must be a whole number' })
  readonly waitIndex?: string;

  @ApiPropertyOptional({
    type: String,
    // No example and no default: the page at /docs would send them, also without waitIndex.
    description: 'With waitIndex: how long to wait, such as 10s; at most 5m, and 30s when it is not said.',
  })
  @IsOptional()
  @Matches(/^\d{1,12}(ms|s|m|h|d)$/, { message: 'wait must be a duration such as 30s' })
  readonly wait?: string;
}

export class ReadConfigDto {
  @ApiProperty({ example: 'app.settings' })
  readonly key: string;

  @ApiProperty({ type: 'integer', example: 3 })
  readonly version: number;

  @AnyJson({ description: 'Any JSON value, exactly as it was accepted.', example: { port: 8080 } })
  readonly content: unknown;
}

export class ReadSnapshotDto {
  @ApiProperty({
    type: 'integer',
    example: 42,
    description: 'Log index of the newest change in the project: the items are what the log made of it up to here.',
  })
  readonly index: number;

  @ApiProperty({ type: [ReadConfigDto], description: 'Every config of the project, by key.' })
  readonly items: ReadConfigDto[];
}
