import { applyDecorators, Body } from '@nestjs/common';
import type { PipeTransform, Type } from '@nestjs/common';
import { ApiBody } from '@nestjs/swagger';
import { StrictValidationPipe } from './strict-validation.pipe';

/** A body whose members are all optional may be left out. The parameter's type must be an interface or `object`. */
export const OptionalBody = (dto: Type<object>) => Body(new OptionalBodyPipe(dto));

/** Documents it: a parameter without a class says nothing of itself. */
export const TakesOptionalBody = (dto: Type<object>) => applyDecorators(ApiBody({ type: dto, required: false }));

class OptionalBodyPipe implements PipeTransform {
  readonly #strict = new StrictValidationPipe();

  constructor(private readonly dto: Type<object>) {}

  transform(value: unknown): unknown {
    return this.#strict.transform(value ?? {}, { type: 'body', metatype: this.dto });
  }
}
