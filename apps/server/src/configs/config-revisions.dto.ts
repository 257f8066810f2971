import { ApiProperty } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';
import { ReadQuery } from '../common/http/read-query';
import type { JsonValue } from '../common/json/json-value';
import { AnyJson } from '../schemas/any-json';
import { largestVersion, TakesExpectedVersion, TakesVersion } from '../schemas/expected-version';
import { exampleSchemaId } from '../schemas/schemas.dto';
import type { RevisionOperation } from './config-revision.entity';
import { configContent, key, version } from './configs.dto';

export class RollbackDto {
  @ApiProperty({ ...version, example: 1, description: 'The version whose content comes back, as a new version.' })
  @IsInt({ message: 'must be a whole number from 1' })
  @Min(1, { message: 'must be a whole number from 1' })
  @Max(largestVersion)
  readonly targetVersion: number;

  @TakesExpectedVersion()
  readonly expectedVersion?: number;
}

export class DiffQuery extends ReadQuery {
  @ApiProperty({ ...version, example: 1, description: 'The older version, usually.' })
  @TakesVersion()
  readonly from: number;

  @ApiProperty({ ...version, example: 2, description: 'The version to compare it with.' })
  @TakesVersion()
  readonly to: number;
}

export class RevisionDto {
  @ApiProperty({ example: '5a1e0a52-54b5-4f43-9d0b-1c8e8b1f7a90' })
  readonly projectId: string;

  @ApiProperty(key)
  readonly key: string;

  @ApiProperty(version)
  readonly version: number;

  @ApiProperty({ enum: ['create', 'update', 'rollback', 'delete'] })
  readonly operation: RevisionOperation;

  @AnyJson({ ...configContent, description: 'Null for a deletion (and for a content that is null).' })
  readonly content: JsonValue;

  @ApiProperty({ example: exampleSchemaId })
  readonly schemaId: string;

  @ApiProperty({ ...version, example: 1 })
  readonly schemaVersion: number;

  @ApiProperty({ ...version, nullable: true, example: null, description: 'The version that a rollback went back to.' })
  readonly targetVersion: number | null;

  @ApiProperty({ type: 'integer', example: 42, description: 'Log index of the change.' })
  readonly modIndex: number;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  readonly createdAt: string;

  @ApiProperty({ type: String, nullable: true, example: '0c7e2f5e-5f0e-4f52-9b2e-3a4f1f1b7c11' })
  readonly createdBy: string | null;
}

class PatchOperationDto {
  @ApiProperty({ enum: ['add', 'remove', 'replace'], example: 'replace' })
  readonly op: 'add' | 'remove' | 'replace';

  @ApiProperty({ description: 'JSON pointer into the content.', example: '/port' })
  readonly path: string;

  @AnyJson({ required: false, description: 'Not with remove.', example: 5433 })
  readonly value?: JsonValue;
}

class ChangeDto {
  @ApiProperty({ description: 'JSON pointer into the content.', example: '/port' })
  readonly pointer: string;

  @ApiProperty({ enum: ['added', 'removed', 'changed'], example: 'changed' })
  readonly kind: 'added' | 'removed' | 'changed';

  @AnyJson({ required: false, description: 'Not with added.', example: 5432 })
  readonly before?: JsonValue;

  @AnyJson({ required: false, description: 'Not with removed.', example: 5433 })
  readonly after?: JsonValue;
}

export class DiffDto {
  @ApiProperty({ ...version, example: 1 })
  readonly from: number;

  @ApiProperty({ ...version, example: 2 })
  readonly to: number;

  @ApiProperty({ type: [PatchOperationDto], description: 'RFC 6902: turns the content of `from` into that of `to`.' })
  readonly patch: readonly PatchOperationDto[];

  @ApiProperty({ type: [ChangeDto], description: 'The same for people: what is there no longer, newly, or different.' })
  readonly changes: readonly ChangeDto[];
}
