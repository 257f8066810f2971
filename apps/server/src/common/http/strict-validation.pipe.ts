import type { ArgumentMetadata, PipeTransform, Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync } from 'class-validator';
import type { ValidationError } from 'class-validator';
import type { InputError } from '../rejected';
import { reject } from '../rejected';
import { pointerOf } from '../json/json-pointer';

const rules = { forbidUnknownValues: false } as const;
const primitives = new Set<unknown>([String, Number, Boolean, Array, Object, undefined]);

/**
 * Checks bodies and queries against their DTO. Unknown members are refused. A body is copied member by member and not
 * transformed: its types are JSON's already, and deep copies of a content would cost time and could change it.
 */
export class StrictValidationPipe implements PipeTransform {
  transform(value: unknown, { metatype, type, data }: ArgumentMetadata): unknown {
    if (type === 'param') return checkPathParameter(value, data);
    if (primitives.has(metatype) || type === 'custom') return value;
    const dto = metatype as Type<object>;
    const place = type === 'body' ? ('pointer' as const) : ('parameter' as const);
    if (place === 'pointer' && !isPlainObject(value)) {
      reject('validation-failed', { errors: [{ pointer: '', message: 'must be a JSON object' }] });
    }
    if (place === 'parameter' && isEmpty(value) && allowsNothing(dto)) return new dto();
    const known = knownMembers(dto);
    const unknown = Object.keys(value ?? {}).filter((name) => !known.has(name));
    const members = Object.fromEntries(Object.entries(value ?? {}).filter(([name]) => known.has(name)));
    const instance = place === 'pointer' ? Object.assign(new dto(), members) : plainToInstance(dto, members);
    const failures = known.size > 0 ? validateSync(instance, rules) : [];
    const errors = [
      ...unknown.map((name) => inputError(name, place, 'unknown', 'is not known here')),
      ...failures.map((failure) => toInputError(failure, place)),
      ...refusedCharacters(instance, place),
    ];
    if (errors.length > 0) reject('validation-failed', { errors });
    return instance;
  }
}

const membersOf = new Map<Type<object>, ReadonlySet<string>>();

/** The members that a DTO has rules for. Only these are ever copied: a body may name `__proto__` or `constructor`. */
function knownMembers(dto: Type<object>): ReadonlySet<string> {
  let known = membersOf.get(dto);
  if (!known) {
    const members = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
    membersOf.set(dto, (known = new Set(members.map(({ propertyName }) => propertyName))));
  }
  return known;
}

const nothingAllowed = new Map<Type<object>, boolean>();

/** Most requests have no query, and class-validator looks every rule of a DTO up again for each instance. */
function allowsNothing(dto: Type<object>): boolean {
  let allowed = nothingAllowed.get(dto);
  if (allowed === undefined) {
    allowed = knownMembers(dto).size === 0 || validateSync(new dto(), rules).length === 0;
    nothingAllowed.set(dto, allowed);
  }
  return allowed;
}

function isEmpty(value: unknown): boolean {
  for (const _name in value as object) return false;
  return true;
}

const isPlainObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

type Place = 'pointer' | 'parameter';

const inputError = (name: string, place: Place, keyword: string, message: string): InputError =>
  place === 'pointer' ? { pointer: pointerOf([name]), keyword, message } : { parameter: name, keyword, message };

/** What says which type or form a value has, the most basic first. A value that has another breaks most rules about size and content too. */
const typeRules = ['isString', 'isInt', 'isBoolean', 'isEmail', 'isIn', 'rfc3339'];

/** The one broken rule that tells the most. */
function toInputError({ property, value, constraints }: ValidationError, place: Place): InputError {
  if (value === undefined) return inputError(property, place, 'required', 'is required');
  const broken = Object.entries(constraints ?? {});
  const rule = typeRules.find((name) => constraints?.[name] !== undefined);
  const [keyword, message] = broken.find(([name]) => name === rule) ?? broken[0] ?? ['invalid', 'is wrong'];
  const text = message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
  return inputError(property, place, keyword, text);
}

/** NUL cannot be stored in a text column; in a content it is an escape and welcome. */
function refusedCharacters(instance: object, place: Place): InputError[] {
  return Object.entries(instance)
    .filter(([name, member]) => name !== 'content' && typeof member === 'string' && member.includes('\0'))
    .map(([name]) => inputError(name, place, 'noNul', 'must not hold a NUL character'));
}

/** Longer than anything that has a name; what a route takes is checked by the route. */
const longestPathParameter = 1000;

function checkPathParameter(value: unknown, name = 'path'): unknown {
  if (typeof value !== 'string') return value;
  const refuse = (message: string): never => reject('validation-failed', { errors: [{ parameter: name, message }] });
  if (value.includes('\0')) refuse('must not hold a NUL character');
  if (value.length > longestPathParameter)
    refuse(`must be at most ${longestPathParameter} characters long, and has ${value.length}`);
  return value;
}
