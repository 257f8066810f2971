import type { ArgumentMetadata, PipeTransform, Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validate } from 'class-validator';
import type { ValidationError } from 'class-validator';
import type { InputError } from '../rejected';
import { reject } from '../rejected';
import { pointerOf } from '../json/json-pointer';

const primitives = new Set<unknown>([String, Number, Boolean, Array, Object, undefined]);

/**
 * Checks bodies and queries against their DTO. Unknown members are refused. A body is copied member by member and not
 * transformed: its types are JSON's already, and deep copies of a content would cost time and could change it.
 */
export class StrictValidationPipe implements PipeTransform {
  async transform(value: unknown, { metatype, type, data }: ArgumentMetadata): Promise<unknown> {
    if (type === 'param') return checkPathParameter(value, data);
    if (primitives.has(metatype) || type === 'custom') return value;
    const dto = metatype as Type<object>;
    const place = type === 'body' ? ('pointer' as const) : ('parameter' as const);
    if (place === 'pointer' && !isPlainObject(value)) {
      reject('validation-failed', { errors: [{ pointer: '', message: 'must be a JSON object' }] });
    }
    const instance = place === 'pointer' ? shallowCopy(dto, value as object) : plainToInstance(dto, value ?? {});
    const failures = hasRules(dto)
      ? await validate(instance, {
          whitelist: true,
          forbidNonWhitelisted: true,
          forbidUnknownValues: false,
          stopAtFirstError: true,
        })
      : [];
    const errors = [...failures.map((failure) => toInputError(failure, place)), ...refusedCharacters(instance, place)];
    if (errors.length > 0) reject('validation-failed', { detail: describe(errors), errors });
    return instance;
  }
}

const describe = ([first]: readonly InputError[]): string | undefined =>
  first && `${first.pointer ?? first.parameter ?? ''}: ${first.message}`;

const hasRules = (dto: Type<object>): boolean =>
  getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false).length > 0;

const isPlainObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Own properties only, also `__proto__`, which an assignment would turn into a prototype. */
function shallowCopy(dto: Type<object>, body: object): object {
  const instance = new dto();
  for (const [name, member] of Object.entries(body)) {
    Object.defineProperty(instance, name, { value: member, enumerable: true, configurable: true, writable: true });
  }
  return instance;
}

function toInputError({ property, constraints }: ValidationError, place: 'pointer' | 'parameter'): InputError {
  const [keyword, message] = Object.entries(constraints ?? {})[0] ?? ['invalid', 'is wrong'];
  const text =
    keyword === 'whitelistValidation'
      ? 'is not known here'
      : message.startsWith(`${property} `)
        ? message.slice(property.length + 1)
        : message;
  return place === 'pointer'
    ? { pointer: pointerOf([property]), keyword, message: text }
    : { parameter: property, keyword, message: text };
}

/** NUL cannot be stored in a text column; in a content it is an escape and welcome. */
function refusedCharacters(instance: object, place: 'pointer' | 'parameter'): InputError[] {
  return Object.entries(instance)
    .filter(([name, member]) => name !== 'content' && typeof member === 'string' && member.includes('\0'))
    .map(([name]) => ({
      [place]: place === 'pointer' ? pointerOf([name]) : name,
      keyword: 'noNul',
      message: 'must not hold a NUL character',
    }));
}

function checkPathParameter(value: unknown, name: string | undefined): unknown {
  if (typeof value === 'string' && (value.includes('\0') || value.length > 1000)) {
    reject('validation-failed', {
      errors: [{ parameter: name ?? 'path', message: 'must be at most 1000 characters without NUL' }],
    });
  }
  return value;
}
