import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsString, MaxLength, ValidateIf } from 'class-validator';
import { StampedDto } from '../common/http/stamped.dto';
import type { RoleName } from './role.entity';
import { roleNames } from './role.rules';

const mustBeRole = { message: `role must be one of ${roleNames.join(', ')}` };
const userId = '0c7e2f5e-5f0e-4f52-9b2e-3a4f1f1b7c11';

export class ChangeRoleDto {
  @ApiProperty({ enum: roleNames, enumName: 'RoleName', example: 'editor' })
  @IsIn(roleNames, mustBeRole)
  readonly role: RoleName;
}

export class GrantRoleDto extends ChangeRoleDto {
  @ApiPropertyOptional({ example: userId, description: 'This or `email`.' })
  @ValidateIf((_dto, value) => value !== undefined)
  @IsString()
  @MaxLength(200)
  readonly userId?: string;

  @ApiPropertyOptional({
    format: 'email',
    maxLength: 254,
    example: 'ada@example.com',
    description: 'This or `userId`.',
  })
  @ValidateIf((_dto, value) => value !== undefined)
  @IsString()
  @MaxLength(254)
  readonly email?: string;
}

export class RoleDto extends StampedDto {
  @ApiProperty({ example: '7f8a1f0e-8a52-4a6c-9d55-0d7c7c0f1a22' })
  readonly projectId: string;

  @ApiProperty({ example: userId })
  readonly userId: string;

  @ApiProperty({ format: 'email', example: 'ada@example.com' })
  readonly email: string;

  @ApiProperty({ enum: roleNames, enumName: 'RoleName', example: 'editor' })
  readonly role: RoleName;
}
