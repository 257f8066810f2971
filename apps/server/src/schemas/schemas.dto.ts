import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { IsName, nameSchema } from '../common/http/is-name';
import { StampedDto } from '../common/http/stamped.dto';
import type { JsonValue } from '../common/json/json-value';
import { AnyJson, TakesAnyJson } from './any-json';
import { drafts } from './validation/validation.types';
import type { Draft } from './validation/validation.types';

export const exampleSchemaId = '7d0f0a6e-0f0b-4b53-8d5e-2f8f1f0b9c33';
export const exampleContent = { host: 'db.internal', port: 5432 };
const exampleSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://schemas.example.com/database',
  type: 'object',
  properties: { host: { type: 'string' }, port: { type: 'integer', minimum: 1, maximum: 65535 } },
  required: ['host', 'port'],
};

export const schemaContent = {
  description:
    'A JSON Schema of draft-04, -06, -07, 2019-09 or 2020-12, chosen by its `$schema` (2020-12 where there is none). ' +
    'A `$ref` may name the `$id` of another stored schema, absolute or relative to its own; nothing is fetched.',
  example: exampleSchema,
};
export const checkedContent = { description: 'The value to check: any JSON.', example: exampleContent };

const name = { ...nameSchema, example: 'database' };
const description = { type: String, nullable: true, maxLength: 2000, example: 'How to reach a database.' };

export class CreateSchemaDto {
  @ApiProperty({ ...name, description: 'Names one schema.' })
  @IsName()
  readonly name: string;

  @ApiPropertyOptional(description)
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  readonly description?: string | null;

  @TakesAnyJson(schemaContent)
  readonly content: JsonValue;
}

export class ContentDto {
  @TakesAnyJson(checkedContent)
  readonly content: JsonValue;
}

export class SchemaReferenceDto {
  @ApiProperty({ example: exampleSchemaId })
  readonly schemaId: string;

  @ApiProperty({ type: 'integer', example: 3, description: 'Its version now.' })
  readonly version: number;
}

export class SchemaDto extends StampedDto {
  @ApiProperty({ example: exampleSchemaId })
  readonly id: string;

  @ApiProperty({ example: name.example })
  readonly name: string;

  @ApiProperty(description)
  readonly description: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The absolute `$id` by which other schemas refer to it.',
    example: exampleSchema.$id,
  })
  readonly schemaUri: string | null;

  @ApiProperty({ enum: drafts, example: '2020-12' })
  readonly draft: Draft;

  @ApiProperty({ type: 'integer', minimum: 1, example: 1 })
  readonly version: number;

  @AnyJson(schemaContent)
  readonly content: JsonValue;

  @ApiProperty({ type: [SchemaReferenceDto], description: 'The stored schemas that it refers to itself.' })
  readonly references: readonly SchemaReferenceDto[];
}

export class SchemaVersionDto {
  @ApiProperty({ example: exampleSchemaId })
  readonly schemaId: string;

  @ApiProperty({ type: 'integer', minimum: 1, example: 1 })
  readonly version: number;

  @AnyJson(schemaContent)
  readonly content: JsonValue;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  readonly createdAt: string;

  @ApiProperty({ type: String, nullable: true, example: '0c7e2f5e-5f0e-4f52-9b2e-3a4f1f1b7c11' })
  readonly createdBy: string | null;
}

export class ContentErrorDto {
  @ApiProperty({
    description: 'JSON pointer (RFC 6901) to the wrong place, from the object that has the member `content`.',
    example: '/content/port',
  })
  readonly pointer: string;

  @ApiProperty({ description: 'The keyword of the schema that is broken.', example: 'maximum' })
  readonly keyword: string;

  @ApiProperty({ example: 'must be <= 65535' })
  readonly message: string;
}

export class VerdictDto {
  @ApiProperty({ example: false })
  readonly valid: boolean;

  @ApiProperty({ type: [ContentErrorDto], description: 'Empty when the content is valid.' })
  readonly errors: readonly ContentErrorDto[];
}
