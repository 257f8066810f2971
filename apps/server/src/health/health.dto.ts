import { ApiProperty } from '@nestjs/swagger';

export class LiveDto {
  @ApiProperty({ enum: ['ok'] })
  readonly status: 'ok';
}

export class CheckDto {
  @ApiProperty({ enum: ['ok', 'unavailable'] })
  readonly status: 'ok' | 'unavailable';

  @ApiProperty({ example: 'PostgreSQL answers.' })
  readonly detail: string;
}

export class ChecksDto {
  @ApiProperty({ type: CheckDto, description: "This node's PostgreSQL answers." })
  readonly database: CheckDto;

  @ApiProperty({ type: CheckDto, description: 'A leader is known.' })
  readonly raft: CheckDto;

  @ApiProperty({
    type: CheckDto,
    description: 'Applied what was committed before the start, and since then no more than 10 s behind the leader.',
  })
  readonly applied: CheckDto;

  @ApiProperty({
    type: CheckDto,
    required: false,
    description: 'With REDIS_URL: Redis answers. The node is ready without it.',
  })
  readonly redis?: CheckDto;
}

export class ReadinessDto {
  @ApiProperty({ enum: ['ok', 'unavailable'] })
  readonly status: 'ok' | 'unavailable';

  @ApiProperty({ type: ChecksDto })
  readonly checks: ChecksDto;
}
