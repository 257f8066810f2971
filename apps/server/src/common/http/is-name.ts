import { applyDecorators } from '@nestjs/common';
import { IsString, Matches, MaxLength } from 'class-validator';

/** Something that can be seen: neither white space nor a control or format character, such as U+200B. */
const visible = /[^\s\p{Cc}\p{Cf}]/u;

/** What OpenAPI says of a name in a request. */
export const nameSchema = { minLength: 1, maxLength: 200, pattern: '\\S' } as const;

/** A name for people, of at most 200 characters. White space alone names nothing. */
export const IsName = () =>
  applyDecorators(IsString(), Matches(visible, { message: 'must not be blank' }), MaxLength(200));
