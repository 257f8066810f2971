import { ApiProperty } from '@nestjs/swagger';

export class RestoredDto {
  @ApiProperty({
    type: 'integer',
    example: 1000000042,
    description:
      'Where the state stands now: the index of the backup and 10^9, so that nothing of the old cluster fits.',
  })
  readonly index: number;

  @ApiProperty({
    example: '6a09e667f3bcc908b2fb1366ea957d3e3adec17512775099da2f590b0667322a',
    description: 'Of the restored state; that of the backup.',
  })
  readonly stateHash: string;

  @ApiProperty({ example: '1f2cbb55-9b04-4b1b-a6a1-6e7b0b4d3c55', description: 'Of the new cluster.' })
  readonly clusterId: string;

  @ApiProperty({ type: 'integer', example: 128, description: 'Rows of the backup, history included.' })
  readonly rows: number;
}
