import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { TLSSocket } from 'node:tls';
import { Rejected } from '../rejected';
import { sendProblem } from './problem-details.filter';

/** What a service or a probe asks for, and what tells no secret. Everything else is the admin API, however it is spelt. */
const open =
  /^\/(?:v1\/(?:read|watch)(?:\/|$)|health$|ready$|metrics$|problems(?:\/|$)|docs(?:\/|$)|openapi\.(?:json|yaml)$)/;

/** The second factor of people: what they have, besides the password or the token that they know. */
export function requireClientCertificate(): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    if (open.test(request.path) || hasShownCertificate(request.socket as TLSSocket)) return next();
    response.setHeader('Connection', 'close');
    sendProblem(request, response, new Rejected('client-certificate-required'));
  };
}

/** Node takes a TLS 1.3 session that is resumed without any certificate for authorized; so it is looked for too. */
const hasShownCertificate = (socket: TLSSocket): boolean =>
  socket.authorized && socket.getPeerX509Certificate() !== undefined;
