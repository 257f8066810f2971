import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsDefined, ValidateIf } from 'class-validator';

/** Documents a member that holds any JSON value, null included. */
export const AnyJson = ({ required = true, ...about }: { description: string; example: unknown; required?: boolean }) =>
  ApiProperty({
    ...about,
    required,
    anyOf: [
      { type: 'object', additionalProperties: true, nullable: true },
      { type: 'array', items: {} },
      { type: 'string' },
      { type: 'number' },
      { type: 'boolean' },
    ],
  });

/** The same in a request. Null is a value like any other: only absence is wrong. */
export const TakesAnyJson = (about: { description: string; example: unknown }) =>
  applyDecorators(
    AnyJson(about),
    ValidateIf((_dto, value) => value === undefined),
    IsDefined(),
  );
