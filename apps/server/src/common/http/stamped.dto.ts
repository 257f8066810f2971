import { ApiProperty } from '@nestjs/swagger';

/** Members that every stored resource shows. */
export abstract class StampedDto {
  @ApiProperty({ type: 'integer', example: 42, description: 'Log index of the last change; the ETag is made of it.' })
  readonly modIndex: number;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  readonly createdAt: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'User id; null for the node itself.',
    example: '0c7e2f5e-5f0e-4f52-9b2e-3a4f1f1b7c11',
  })
  readonly createdBy: string | null;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  readonly updatedAt: string;

  @ApiProperty({ type: String, nullable: true, example: '0c7e2f5e-5f0e-4f52-9b2e-3a4f1f1b7c11' })
  readonly updatedBy: string | null;
}
