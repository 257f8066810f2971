import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength, ValidateIf } from 'class-validator';
import { IsName, nameSchema } from '../common/http/is-name';
import type { JsonValue } from '../common/json/json-value';
import { TakesAnyJson } from '../schemas/any-json';
import { TakesExpectedVersion } from '../schemas/expected-version';
import { ContentErrorDto, schemaContent } from '../schemas/schemas.dto';

export class UpdateSchemaDto {
  @ApiPropertyOptional({ ...nameSchema, example: 'database', description: 'Left out, it stays.' })
  @ValidateIf((_dto, value) => value !== undefined)
  @IsName()
  readonly name?: string;

  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 2000, description: 'Left out, it stays.' })
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  readonly description?: string | null;

  @TakesAnyJson(schemaContent)
  readonly content: JsonValue;

  @TakesExpectedVersion()
  readonly expectedVersion?: number;
}

export class SchemaContentDto {
  @TakesAnyJson(schemaContent)
  readonly content: JsonValue;
}

export class BrokenConfigDto {
  @ApiProperty({ example: '5a1e0a52-54b5-4f43-9d0b-1c8e8b1f7a90' })
  readonly projectId: string;

  @ApiProperty({ example: 'database.primary' })
  readonly key: string;

  @ApiProperty({ type: [ContentErrorDto] })
  readonly errors: readonly ContentErrorDto[];
}

export class ImpactDto {
  @ApiProperty({ type: [BrokenConfigDto], description: 'Configs that would no longer be valid; the first 100.' })
  readonly breaks: readonly BrokenConfigDto[];

  @ApiProperty({
    type: 'integer',
    example: 12,
    description: 'How many configs were checked: those of this schema and of all that refer to it, transitively.',
  })
  readonly checked: number;
}
