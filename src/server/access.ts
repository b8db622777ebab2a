/**
 * Who may read what over HTTP. On the loopback without tokens: whoever is on this machine. Else `/metrics` and `/held` need a
 * bearer token with a role (RFC 6750), requests are counted by address, and so are wrong tokens; a right one is heard whatever others behind its address did.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { isLoopback } from '../config/keys/http.js';
import type { Config } from '../config/schema.js';
import type { Role, TokensFile } from './tokens.js';

/** What a route needs. `operator` may read whatever `metrics` may. */
export type Needs = 'nothing' | Role;

export type Decision = { readonly kind: 'allowed' } | { readonly kind: 'refused'; readonly status: 401 | 403 | 429 };

export interface AccessOptions {
  readonly http: Pick<Config['http'], 'host' | 'metricsOpen'>;
  /** Null: none are configured. */
  readonly tokens: Pick<TokensFile, 'find'> | null;
  readonly failuresMax: number;
  readonly failuresWindowMs: number;
}

const ADDRESSES_MAX = 10_000;
const ALLOWED: Decision = { kind: 'allowed' };
const refused = (status: 401 | 403 | 429): Decision => ({ kind: 'refused', status });

export class Access {
  /** No token is asked for, and nothing is counted. */
  readonly isTrusted: boolean;
  readonly #options: AccessOptions;
  /** Wrong tokens by address, in the window that began with the first. */
  readonly #failures: LRUCache<string, number>;

  constructor(options: AccessOptions) {
    this.#options = options;
    this.isTrusted = isLoopback(options.http.host) && options.tokens === null;
    this.#failures = new LRUCache({ max: ADDRESSES_MAX, ttl: options.failuresWindowMs, noUpdateTTL: true });
  }

  decide(needs: Needs, request: Pick<FastifyRequest, 'ip' | 'headers' | 'hostname'>): Decision {
    if (needs === 'nothing') return ALLOWED;
    // A web page can make a browser of this machine ask us under the page's own name (DNS rebinding).
    if (this.isTrusted) return isLoopback(withoutBrackets(request.hostname)) ? ALLOWED : refused(403);
    if (needs === 'metrics' && this.#options.http.metricsOpen) return ALLOWED;
    const presented = presentedBy(request);
    if (presented === undefined) return refused(401);
    // First, whatever others behind the same address did: there is nothing to guess in 256 bits.
    const entry = this.#options.tokens?.find(presented) ?? null;
    if (entry === null) return refused(this.#countFailure(request.ip));
    return entry.role === needs || entry.role === 'operator' ? ALLOWED : refused(403);
  }

  /** It has a right token, of whatever role. */
  knows(request: Pick<FastifyRequest, 'headers'>): boolean {
    const presented = presentedBy(request);
    return presented !== undefined && this.#options.tokens?.find(presented) != null;
  }

  #countFailure(address: string): 401 | 429 {
    const failures = this.#failures.get(address) ?? 0;
    if (failures >= this.#options.failuresMax) return 429;
    this.#failures.set(address, failures + 1);
    return 401;
  }
}

const presentedBy = ({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined =>
  /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];

const withoutBrackets = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');

const TITLES: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Content Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
};

/** Answers with a problem (RFC 9457), which says no more than its status unless a detail is given. */
export function sendProblem(reply: FastifyReply, status: number, detail?: string): FastifyReply {
  if (status === 401) void reply.header('www-authenticate', 'Bearer realm="dragoman"');
  const title = TITLES[status] ?? 'Bad Request';
  const body = JSON.stringify({ type: 'about:blank', title, status, ...(detail === undefined ? {} : { detail }) });
  return reply.code(status).type('application/problem+json').send(body);
}
