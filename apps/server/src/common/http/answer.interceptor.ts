import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { SetMetadata, applyDecorators } from '@nestjs/common';
import { HttpCode } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { Response } from 'express';
import type { Observable } from 'rxjs';
import { from, lastValueFrom } from 'rxjs';
import { answerInTime } from './answer-in-time';
import { configAge } from './config-age';
import { etagOf } from './precondition';
import type { ContextRequest } from './request-context';

const locationOf = Symbol('location');
const tagged = Symbol('tagged');

/** 201 with the Location and the ETag of what was made. */
export const Created = <Resource>(location: (resource: Resource) => string) =>
  applyDecorators(HttpCode(201), SetMetadata(locationOf, location), Tagged());

/** The answer is a resource with `modIndex`: it carries an ETag, and a GET honours If-None-Match. */
export const Tagged = () => SetMetadata(tagged, true);

const unhurried = Symbol('takes its time');

/** What the route does may take longer than REQUEST_TIMEOUT, and ends by itself. */
export const TakesItsTime = () => SetMetadata(unhurried, true);

/**
 * Sees that every answer comes in time, and adds what it says about the state it reflects: X-Config-Index, the age of
 * one that nobody has confirmed for this read, and for a resource ETag and Location.
 */
export class AnswerInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly appliedIndex: () => number,
    private readonly stateAgeMs: () => number,
  ) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const response = execution.switchToHttp().getResponse<Response>();
    const location = this.reflector.get<((resource: unknown) => string) | undefined>(
      locationOf,
      execution.getHandler(),
    );
    const isTagged = this.reflector.get<boolean | undefined>(tagged, execution.getHandler()) ?? false;
    const request = execution.switchToHttp().getRequest<ContextRequest>();
    const isRead = request.method === 'GET';
    // An answer made of history may be older than the state is by the time it is ready.
    const indexBefore = this.appliedIndex();
    const confirmedAt = performance.now() - (isLocalRead(request) ? this.stateAgeMs() : Infinity);
    const { deadline } = request.context;
    // One interceptor for both: each one more is an async resource and a chain of observables for every request.
    const handled: Promise<unknown> = lastValueFrom(next.handle(), { defaultValue: undefined });
    const takesItsTime = this.reflector.get<boolean | undefined>(unhurried, execution.getHandler()) ?? false;
    const answer = takesItsTime ? handled : answerInTime(deadline, handled);
    return from(
      answer.then((body: unknown) => {
        if (response.headersSent) return body;
        if (!response.hasHeader('X-Config-Index'))
          response.setHeader('X-Config-Index', String(isRead ? indexBefore : this.appliedIndex()));
        // What an access token was needed for is for its user alone, and for now.
        if (request.context.actorId !== null && !response.hasHeader('Cache-Control'))
          response.setHeader('Cache-Control', 'private, no-store');
        if (confirmedAt > -Infinity) response.setHeader('X-Config-Age', configAge(performance.now() - confirmedAt));
        if (location) response.setHeader('Location', location(body));
        if (isTagged && hasModIndex(body)) response.setHeader('ETag', etagOf(body.modIndex));
        return body;
      }),
    );
  }
}

const isLocalRead = ({ method, query }: ContextRequest): boolean =>
  method === 'GET' && query['consistency'] === 'local';

const hasModIndex = (body: unknown): body is { modIndex: number } =>
  typeof body === 'object' && body !== null && 'modIndex' in body;
