/** The API over HTTP: each endpoint, and the document that describes them. What is refused is a problem (RFC 9457). */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Caller, sendProblem } from '../../server/access.js';
import type { ConsoleDesk } from '../desk.js';
import { wrongOf } from '../refusing.js';
import { API } from './endpoint.js';
import { endpointsOf } from './endpoints.js';
import { openapi } from './openapi.js';

export interface ApiOptions {
  readonly desk: ConsoleDesk;
  /** Faults of ours, which nobody outside is told. */
  readonly warn: (text: string, fields: Readonly<Record<string, unknown>>) => void;
}

export function addApi(app: FastifyInstance, { desk, warn }: ApiOptions): void {
  const endpoints = endpointsOf(desk);
  app.removeContentTypeParser('text/plain');
  app.setErrorHandler((error, request, reply) => {
    const { status, code, words } = wrongOf(error, request);
    if (status === 500) warn('the API failed', { path: request.routeOptions.url, err: error });
    if (status === 503) void reply.header('retry-after', '5');
    return sendProblem(reply, status, {
      ...(words === null ? {} : { detail: words }),
      ...(code === null ? {} : { code }),
    });
  });
  for (const { method, path, needs, ask } of endpoints)
    app.route({
      ...{ method, url: `${API}${path}`, config: { needs } },
      handler: (request) => ask(request.query, request.body, callerOf(request)),
    });
  const document = openapi(endpoints, desk.version);
  app.get(`${API}/openapi.json`, { config: { needs: 'viewer' } }, () => document);
}

/** Of a route that needs a role. */
export const callerOf = ({ caller }: Pick<FastifyRequest, 'caller'>): Caller =>
  caller ?? { role: 'metrics', name: null };
