import compression from 'compression';
import type { Request, RequestHandler } from 'express';

/** Where the body says nothing of itself: what is smaller leaves in the same packets. */
const threshold = 1024;

/** They compress by themselves, once for many requests, or stream and must not be held up. */
const byThemselves = /^\/v1\/(?:read|watch)(?:\/|$)|^\/v1\/cluster\/backup\/?$/i;

/**
 * A secret beside a text that somebody else chose can be guessed from the length of the two compressed together (BREACH):
 * what holds tokens, API keys or passwords' outcomes goes as it is. Such answers say `no-store` and nothing else, which is
 * how a new one is found here; those that are merely for one user say `private` too.
 */
const holdsSecret = (response: { getHeader(name: string): unknown }): boolean =>
  response.getHeader('Cache-Control') === 'no-store';
const isAboutSecrets = ({ path }: Request): boolean => /^\/v1\/auth(?:\/|$)/i.test(path);

/** Compresses what administration asks for. */
export function compressedAnswers(): RequestHandler {
  const compress = compression({
    threshold,
    // The bytes are made for one caller: what takes longest saves least.
    level: 4,
    brotli: { params: { 1: 4 } },
    filter: (request, response) => !holdsSecret(response) && compression.filter(request, response),
  });
  return (request, response, next) => {
    if (byThemselves.test(request.path) || isAboutSecrets(request)) next();
    else compress(request, response, next);
  };
}
