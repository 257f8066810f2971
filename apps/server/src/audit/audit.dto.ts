import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength, ValidateBy } from 'class-validator';
import { PageQuery } from '../common/http/page';
import { parseRfc3339 } from './rfc3339';

const isMoment = () =>
  ValidateBy({
    name: 'rfc3339',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && parseRfc3339(value) !== undefined,
      defaultMessage: () =>
        'must be a time of RFC 3339 such as 2026-01-31T12:00:00Z (in a query, the + of an offset is written %2B)',
    },
  });

export class AuditQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Only records of this project. Project administrators must give it.' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  readonly projectId?: string;

  @ApiPropertyOptional({ description: 'Only what this user asked for.' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  readonly actorId?: string;

  @ApiPropertyOptional({
    description: 'Only commands of this type, with a version (`config.update@1`) or in any version.',
    example: 'config.update',
  })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  readonly command?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'At or after this time (RFC 3339).' })
  @IsOptional()
  @isMoment()
  readonly since?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'At or before this time (RFC 3339).' })
  @IsOptional()
  @isMoment()
  readonly until?: string;
}

export class AuditSubjectDto {
  @ApiProperty({ example: 'config' })
  readonly type: string;

  @ApiProperty({ example: 'app.settings' })
  readonly id: string;

  @ApiProperty({ type: String, nullable: true, example: '5a4f9d4e-2f0b-4a2a-8a65-3b1f0d9a7c55' })
  readonly projectId: string | null;
}

const hash = {
  pattern: '^[0-9a-f]{64}$',
  example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
};

export class AuditDto {
  @ApiProperty({ type: 'integer', example: 42, description: 'Log index of the command.' })
  readonly index: number;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  readonly at: string;

  @ApiProperty({ type: String, nullable: true, description: 'User id; null for the node itself.' })
  readonly actorId: string | null;

  @ApiProperty({ example: '5c0ee6b2-9a51-4b0a-8f0f-3f6f0a7f6a11' })
  readonly requestId: string;

  @ApiProperty({ description: 'type@version', example: 'config.update@1' })
  readonly command: string;

  @ApiProperty({ type: AuditSubjectDto })
  readonly subject: AuditSubjectDto;

  @ApiProperty({ enum: ['applied', 'rejected'] })
  readonly outcome: 'applied' | 'rejected';

  @ApiProperty({ type: String, nullable: true, description: 'Problem code of a rejection.', example: null })
  readonly code: string | null;

  @ApiProperty({ description: 'One sentence for a person.', example: 'update config app.settings' })
  readonly summary: string;

  @ApiProperty({ type: 'integer', nullable: true, example: 3 })
  readonly versionBefore: number | null;

  @ApiProperty({ type: 'integer', nullable: true, example: 4 })
  readonly versionAfter: number | null;

  @ApiProperty({ ...hash, description: 'Hash of the record before; 64 zeros for the first.' })
  readonly previousHash: string;

  @ApiProperty({ ...hash, description: 'SHA-256 over the previous hash and all other members.' })
  readonly hash: string;
}

export class BrokenLinkDto {
  @ApiProperty({ type: 'integer', example: 17, description: 'Log index of the first record that does not fit.' })
  readonly index: number;

  @ApiProperty({ example: 'its hash is not the hash of its columns: the record was changed' })
  readonly reason: string;
}

export class AuditVerificationDto {
  @ApiProperty({ example: true })
  readonly valid: boolean;

  @ApiProperty({ type: 'integer', example: 41, description: 'Records found good, counted from the first.' })
  readonly checked: number;

  @ApiProperty({ type: 'integer', example: 42, description: 'The newest record, as the replicated state has it.' })
  readonly headIndex: number;

  @ApiProperty(hash)
  readonly headHash: string;

  @ApiProperty({ type: BrokenLinkDto, nullable: true, description: 'Null when nothing is broken.' })
  readonly firstBroken: BrokenLinkDto | null;
}
