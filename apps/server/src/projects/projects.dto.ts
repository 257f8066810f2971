import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min, ValidateIf } from 'class-validator';
import { IsName, nameSchema } from '../common/http/is-name';
import { StampedDto } from '../common/http/stamped.dto';
import type { RoleName } from '../roles/role.entity';
import { roleNames } from '../roles/role.rules';
import { UserDto } from '../users/users.dto';
import type { Ability } from './project-abilities';
import { abilities } from './project-abilities';

const projectId = '7f8a1f0e-8a52-4a6c-9d55-0d7c7c0f1a22';
const name = {
  ...nameSchema,
  example: 'checkout',
  description: 'Unique. White space around it is dropped.',
};
const description = { type: String, nullable: true, maxLength: 2000, example: 'Settings of the checkout service' };
const apiKey = {
  pattern: '^cfg_[A-Za-z0-9_-]{43}$',
  example: 'cfg_3Jb0f8sKq2Vw7xYzA1BcD4EfG5hI6jK8lM9nO0pQrSt',
  description: 'Shown this once; a repeated request with the same Idempotency-Key does not show it again.',
};
const myRole = {
  type: String,
  enum: [...roleNames, null],
  nullable: true,
  example: 'admin',
  description: 'Null for a system administrator without a role in the project.',
};

export class CreateProjectDto {
  @ApiProperty(name)
  @IsName()
  readonly name: string;

  @ApiPropertyOptional(description)
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  readonly description?: string | null;
}

export class UpdateProjectDto {
  @ApiPropertyOptional(name)
  @ValidateIf((_dto, value) => value !== undefined)
  @IsName()
  readonly name?: string;

  @ApiPropertyOptional(description)
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  readonly description?: string | null;
}

export class ProjectDto extends StampedDto {
  @ApiProperty({ example: projectId })
  readonly id: string;

  @ApiProperty({ example: 'checkout' })
  readonly name: string;

  @ApiProperty(description)
  readonly description: string | null;

  @ApiProperty({ example: 'QrSt', description: 'The last characters of the current API key.' })
  readonly apiKeyHint: string;

  @ApiProperty(myRole)
  readonly myRole: RoleName | null;
}

export class CreatedProjectDto extends ProjectDto {
  @ApiPropertyOptional(apiKey)
  readonly apiKey?: string;
}

export class RegenerateApiKeyDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: 604_800,
    default: 0,
    example: 3600,
    description: 'How long the replaced key goes on working.',
  })
  @ValidateIf((_dto, value) => value !== undefined)
  @IsInt({ message: 'gracePeriodSeconds must be a whole number from 0 to 604800' })
  @Min(0, { message: 'gracePeriodSeconds must be a whole number from 0 to 604800' })
  @Max(604_800, { message: 'gracePeriodSeconds must be a whole number from 0 to 604800' })
  readonly gracePeriodSeconds?: number;
}

export class RegeneratedApiKeyDto {
  @ApiPropertyOptional(apiKey)
  readonly apiKey?: string;

  @ApiProperty({ example: 'QrSt' })
  readonly apiKeyHint: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    example: '2026-01-31T13:00:00.000Z',
    description: 'Null when no older key works any more.',
  })
  readonly previousKeyExpiresAt: string | null;
}

export class ProjectPermissionsDto {
  @ApiProperty(myRole)
  readonly role: RoleName | null;

  @ApiProperty({ description: 'System administrator.', example: false })
  readonly isAdmin: boolean;

  @ApiProperty({ enum: abilities, enumName: 'Ability', isArray: true, example: ['project.read', 'config.read'] })
  readonly permissions: readonly Ability[];
}

export class ProjectRoleDto {
  @ApiProperty({ example: projectId })
  readonly projectId: string;

  @ApiProperty({ example: 'checkout' })
  readonly projectName: string;

  @ApiProperty({ enum: roleNames, enumName: 'RoleName', example: 'editor' })
  readonly role: RoleName;
}

export class MeDto extends UserDto {
  @ApiProperty({ type: [ProjectRoleDto] })
  readonly roles: readonly ProjectRoleDto[];
}
