import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Matches, MaxLength, ValidateIf } from 'class-validator';

const sessionId = {
  pattern: '^[0-9a-f]{64}$',
  example: '3b1c8d1e0c0d5f8e2a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f',
};

export class SessionDto {
  @ApiProperty({ ...sessionId, description: 'Names the login; of no use to who wants to be logged in.' })
  readonly id: string;

  @ApiProperty({ description: 'Whether the access token of this request is of this login.' })
  readonly isCurrent: boolean;

  @ApiProperty({ format: 'date-time', description: 'When the password was given.' })
  readonly createdAt: string;

  @ApiProperty({ format: 'date-time', description: 'When it ends, unless it is renewed before.' })
  readonly expiresAt: string;
}

export class EndSessionsDto {
  @ApiProperty({ maxLength: 128, format: 'password', example: 'correct horse battery staple' })
  @IsString()
  @MaxLength(128)
  readonly currentPassword: string;

  @ApiPropertyOptional({ ...sessionId, description: 'Only this one; without it all of them, this one too.' })
  @ValidateIf((_dto, value) => value !== undefined)
  @IsString()
  @Matches(/^[0-9a-f]{64}$/, { message: 'sessionId must be the id of a session' })
  readonly sessionId?: string;
}
