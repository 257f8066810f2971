import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsEmail, IsOptional, IsString, Length, MaxLength, ValidateIf } from 'class-validator';
import { IsName, nameSchema } from '../common/http/is-name';
import { StampedDto } from '../common/http/stamped.dto';

const password = { minLength: 8, maxLength: 128, format: 'password', example: 'correct horse battery staple' };

export class CreateUserDto {
  @ApiProperty({ format: 'email', maxLength: 254, example: 'ada@example.com', description: 'Kept in lower case.' })
  @IsString()
  @IsEmail({}, { message: 'email must be an e-mail address' })
  @MaxLength(254)
  readonly email: string;

  @ApiProperty(password)
  @IsString()
  @Length(8, 128, { message: 'password must have 8 to 128 characters' })
  readonly password: string;

  @ApiPropertyOptional({ type: String, nullable: true, ...nameSchema, example: 'Ada Lovelace' })
  @IsOptional()
  @IsName()
  readonly name?: string | null;

  @ApiPropertyOptional({ default: false, description: 'System administrators may do everything.' })
  @IsOptional()
  @IsBoolean()
  readonly isAdmin?: boolean;
}

export class UpdateUserDto {
  @ApiPropertyOptional({ format: 'email', maxLength: 254, example: 'ada@example.com' })
  @ValidateIf((_dto, value) => value !== undefined)
  @IsString()
  @IsEmail({}, { message: 'email must be an e-mail address' })
  @MaxLength(254)
  readonly email?: string;

  @ApiPropertyOptional({ type: String, nullable: true, ...nameSchema, example: 'Ada King' })
  @IsOptional()
  @IsName()
  readonly name?: string | null;

  @ApiPropertyOptional({ ...password, description: 'Ends all logins of the user.' })
  @ValidateIf((_dto, value) => value !== undefined)
  @IsString()
  @Length(8, 128, { message: 'password must have 8 to 128 characters' })
  readonly password?: string;

  @ApiPropertyOptional({ ...password, description: 'Needed to change your own password.' })
  @ValidateIf((_dto, value) => value !== undefined)
  @IsString()
  @MaxLength(128)
  readonly currentPassword?: string;

  @ApiPropertyOptional({ description: 'System administrators only.' })
  @ValidateIf((_dto, value) => value !== undefined)
  @IsBoolean()
  readonly isAdmin?: boolean;
}

export class UserDto extends StampedDto {
  @ApiProperty({ example: '0c7e2f5e-5f0e-4f52-9b2e-3a4f1f1b7c11' })
  readonly id: string;

  @ApiProperty({ format: 'email', example: 'ada@example.com' })
  readonly email: string;

  @ApiProperty({ type: String, nullable: true, example: 'Ada Lovelace' })
  readonly name: string | null;

  @ApiProperty({ example: false })
  readonly isAdmin: boolean;
}
