import type { ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum';
import { Reflector } from '@nestjs/core';
import { proposes, publicRoute, requiredPermission } from '../consensus/access.decorators';
import type { Permission } from '../consensus/command';

/** What the decorators of a route say. */
export interface RouteRules {
  readonly isPublic: boolean;
  readonly permission: Permission | undefined;
  readonly isChange: boolean;
  /** Whether the handler has a parameter with `@Query()` or `@Body()`, whose DTO then says what it takes. */
  readonly takesQuery: boolean;
  readonly takesBody: boolean;
}

type Route = Pick<ExecutionContext, 'getHandler' | 'getClass'>;

/** Looked up once for each handler: every request asks. */
export class RoutesRules {
  readonly #known = new Map<unknown, Map<unknown, RouteRules>>();

  constructor(private readonly reflector: Reflector) {}

  of(route: Route): RouteRules {
    const [controller, handler] = [route.getClass(), route.getHandler()];
    let handlers = this.#known.get(controller);
    if (!handlers) this.#known.set(controller, (handlers = new Map()));
    let rules = handlers.get(handler);
    if (!rules) handlers.set(handler, (rules = this.#read(route)));
    return rules;
  }

  #read(route: Route): RouteRules {
    const targets = [route.getHandler(), route.getClass()];
    const said = <T>(key: string | symbol): T | undefined =>
      this.reflector.getAllAndOverride<T | undefined>(key, targets);
    return {
      isPublic: said<boolean>(publicRoute) ?? false,
      permission: said<Permission>(requiredPermission),
      isChange: said<boolean>(proposes) ?? false,
      takesQuery: takes(RouteParamtypes.QUERY, route),
      takesBody: takes(RouteParamtypes.BODY, route),
    };
  }
}

function takes(kind: RouteParamtypes, route: Route): boolean {
  const parameters: unknown = Reflect.getMetadata(ROUTE_ARGS_METADATA, route.getClass(), route.getHandler().name);
  return Object.keys(parameters ?? {}).some((name) => name.startsWith(`${kind}:`));
}
