import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length, Matches, MaxLength, ValidateIf } from 'class-validator';
import { PageQuery } from '../common/http/page';
import { StampedDto } from '../common/http/stamped.dto';
import type { JsonValue } from '../common/json/json-value';
import { AnyJson, TakesAnyJson } from '../schemas/any-json';
import { TakesExpectedVersion } from '../schemas/expected-version';
import { exampleContent, exampleSchemaId } from '../schemas/schemas.dto';
import { keyPattern } from './config.rules';

export const configContent = {
  description: 'Any JSON value, kept and answered as its canonical text.',
  example: exampleContent,
};
export const key = { pattern: keyPattern.source, maxLength: 255, example: 'database.primary' };
export const version = { type: 'integer', minimum: 1, example: 3 } as const;

export class CreateConfigDto {
  @ApiProperty({
    ...key,
    description: 'Letters, digits, dots, dashes and underscores; names one config of the project.',
  })
  @IsString()
  @Matches(keyPattern, {
    message: 'must be 1 to 255 letters, digits, dots, dashes and underscores, and begin with a letter or digit',
  })
  readonly key: string;

  @ApiProperty({ example: exampleSchemaId, description: 'The schema that the content is checked against.' })
  @IsString()
  @Length(1, 200)
  readonly schemaId: string;

  @TakesAnyJson(configContent)
  readonly content: JsonValue;
}

export class UpdateConfigDto {
  @TakesAnyJson(configContent)
  readonly content: JsonValue;

  @ApiPropertyOptional({
    example: exampleSchemaId,
    description: 'Another schema from here on; project administrators only.',
  })
  @ValidateIf((_dto, value) => value !== undefined)
  @IsString()
  @Length(1, 200)
  readonly schemaId?: string;

  @TakesExpectedVersion()
  readonly expectedVersion?: number;
}

export class ListConfigsQuery extends PageQuery {
  @ApiPropertyOptional({ maxLength: 255, example: 'database.', description: 'Only keys that begin with this.' })
  @IsOptional()
  @IsString()
  @MaxLength(255)
  readonly prefix?: string;

  @ApiPropertyOptional({
    maxLength: 200,
    example: 'db.internal',
    description: 'Only configs with this text in the key or in the canonical text of the content, upper or lower case.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  readonly q?: string;

  @ApiPropertyOptional({ enum: ['content'], description: 'With this the items have their content.' })
  @IsOptional()
  @IsIn(['content'])
  readonly include?: 'content';
}

class ConfigMetadataDto extends StampedDto {
  @ApiProperty({ example: '5a1e0a52-54b5-4f43-9d0b-1c8e8b1f7a90' })
  readonly projectId: string;

  @ApiProperty(key)
  readonly key: string;

  @ApiProperty({ example: exampleSchemaId })
  readonly schemaId: string;

  @ApiProperty({
    ...version,
    example: 1,
    description: 'The version of the schema that the content was last checked against on a write.',
  })
  readonly schemaVersion: number;

  @ApiProperty({
    ...version,
    description: 'Every change takes the next one; a deleted key that is created again goes on.',
  })
  readonly version: number;
}

export class ConfigDto extends ConfigMetadataDto {
  @AnyJson(configContent)
  readonly content: JsonValue;
}

export class ConfigItemDto extends ConfigMetadataDto {
  @AnyJson({ ...configContent, required: false })
  readonly content?: JsonValue;
}
