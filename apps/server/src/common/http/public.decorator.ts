import { SetMetadata } from '@nestjs/common';

export const publicRoute = Symbol('public route');

/** The route needs no access token. */
export const Public = () => SetMetadata(publicRoute, true);
