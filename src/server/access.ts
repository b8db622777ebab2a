/**
 * Who may do what over HTTP. On the loopback without tokens: whoever is on this machine. Else a role is needed, by a bearer token (RFC 6750) or by
 * the session of a browser; requests are counted by address, and so are wrong tokens; a right one is heard whatever others behind its address did.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { isLoopback } from '../config/keys/http.js';
import type { Config } from '../config/schema.js';
import { isFromOurPage } from './same-origin.js';
import { SESSION_COOKIE, type Sessions } from './sessions.js';
import { mayAs, type Role, type TokenEntry, type TokensFile } from './tokens.js';

/** What a route needs. */
export type Needs = 'nothing' | Role;

/** Who asks. */
export interface Caller {
  readonly role: Role;
  /** Of its token; null on the loopback without tokens, where nobody says who he is. */
  readonly name: string | null;
}

export type Decision =
  | { readonly kind: 'allowed'; readonly caller: Caller | null }
  | { readonly kind: 'refused'; readonly status: 401 | 403 | 429 };

/** What of a request is looked at. */
export type Asking = Pick<FastifyRequest, 'ip' | 'headers' | 'hostname' | 'host' | 'method' | 'cookies'>;

export interface AccessOptions {
  readonly http: Pick<Config['http'], 'host' | 'metricsOpen' | 'publicUrl'>;
  /** Null: none are configured. */
  readonly tokens: Pick<TokensFile, 'find'> | null;
  readonly sessions: Pick<Sessions, 'find'> | null;
  readonly failuresMax: number;
  readonly failuresWindowMs: number;
}

const ADDRESSES_MAX = 10_000;
/** They change nothing (RFC 9110, 9.2.1). */
const SAFE = ['GET', 'HEAD'];
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

  decide(needs: Needs, request: Asking): Decision {
    const { metricsOpen, publicUrl } = this.#options.http;
    // Above all: whoever is logged in, another page must not act in his name.
    if (!SAFE.includes(request.method) && !isFromOurPage(request, publicUrl)) return refused(403);
    if (needs === 'nothing') return { kind: 'allowed', caller: null };
    // A web page can make a browser of this machine ask us under the page's own name (DNS rebinding).
    if (this.isTrusted) return isLoopback(withoutBrackets(request.hostname)) ? TRUSTED : refused(403);
    if (needs === 'metrics' && metricsOpen) return { kind: 'allowed', caller: null };
    const presented = presentedBy(request);
    // First, whatever others behind the same address did: there is nothing to guess in 256 bits.
    const entry = presented === undefined ? this.#inSession(request) : this.find(presented);
    if (entry === null) return refused(presented === undefined ? 401 : this.countFailure(request.ip));
    if (!mayAs(entry.role, needs)) return refused(403);
    return { kind: 'allowed', caller: { role: entry.role, name: entry.name } };
  }

  /** It has a right token, of whatever role. */
  knows(request: Pick<FastifyRequest, 'headers' | 'cookies'>): boolean {
    const presented = presentedBy(request);
    return (presented === undefined ? this.#inSession(request) : this.find(presented)) !== null;
  }

  find(token: string): TokenEntry | null {
    return this.#options.tokens?.find(token) ?? null;
  }

  /** Of a wrong token. */
  countFailure(address: string): 401 | 429 {
    const failures = this.#failures.get(address) ?? 0;
    if (failures >= this.#options.failuresMax) return 429;
    this.#failures.set(address, failures + 1);
    return 401;
  }

  #inSession({ cookies }: Pick<FastifyRequest, 'cookies'>): TokenEntry | null {
    const id = cookies[SESSION_COOKIE];
    return id === undefined ? null : (this.#options.sessions?.find(id) ?? null);
  }
}

const TRUSTED: Decision = { kind: 'allowed', caller: { role: 'operator', name: null } };

const presentedBy = ({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined =>
  /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];

const withoutBrackets = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');

const TITLES: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

export const titleOf = (status: number): string => TITLES[status] ?? 'Bad Request';

/** Beyond what RFC 9457 names. */
export interface ProblemWords {
  readonly detail?: string;
  /** Of docs/errors.md. */
  readonly code?: string;
}

/** Answers with a problem (RFC 9457), which says no more than its status unless words are given. */
export function sendProblem(reply: FastifyReply, status: number, words: ProblemWords = {}): FastifyReply {
  if (status === 401) void reply.header('www-authenticate', 'Bearer realm="dragoman"');
  const body = JSON.stringify({ type: 'about:blank', title: titleOf(status), status, ...words });
  return reply.code(status).type('application/problem+json').send(body);
}
