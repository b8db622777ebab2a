/**
 * HTTP: metrics, probes, what is held, and the console, which is added by whoever starts it. `/livez` only says that the event loop turns: tied to Kafka or Redis it would make a
 * restart storm of their outage. `/readyz` and `/startupz` ask the checks that were passed in; 503 when one is false. Probes are
 * open to all and never limited, because who probes has no token; the words beside a check are for the loopback only (`access.ts`).
 */
import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import { fastify, type FastifyError, type FastifyInstance } from 'fastify';
import type { Config } from '../config/schema.js';
import { Access, type Caller, type Needs, sendProblem } from './access.js';
import { boundConnections } from './connections.js';
import { runChecks, type Checks, type ProbeReport } from './checks.js';
import type { HeldReport } from './held.js';
import { Sessions } from './sessions.js';
import { TokensFile } from './tokens.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Null where nobody has to say who he is. */
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    /** Role that a route needs; left out: none. */
    needs?: Needs;
  }
}

/** Who gets in, as more routes are given it. */
export interface Gate {
  readonly access: Access;
  /** Null: no tokens are configured, so there is nothing to log in with. */
  readonly sessions: Sessions | null;
}

export interface HttpServerOptions {
  /** Address and port to bind (port 0 takes a free one), and who may read. */
  readonly http: Pick<Config['http'], 'host' | 'port' | 'tokensFile' | 'metricsOpen' | 'publicUrl'>;
  readonly metrics: { readonly contentType: string; render(): Promise<string> };
  /** Asked by `/readyz`: may this member take part now? */
  readonly readiness: Checks;
  /** Asked by `/startupz`: is the first restore done? */
  readonly startup: Checks;
  /** Answers `/held`. */
  readonly held: () => HeldReport;
  /** Wrong tokens, and a tokens file that went bad. */
  readonly warn: (text: string, fields: Readonly<Record<string, unknown>>) => void;
  /** Adds routes; what is refused there comes to their error handler, as an error with a `statusCode`. */
  readonly extend?: (app: FastifyInstance, gate: Gate) => Promise<void>;
  readonly limits?: Partial<HttpLimits>;
}

export interface HttpLimits {
  readonly headerBytes: number;
  /** A command has no more. */
  readonly bodyBytes: number;
  /** Open at once; when all are taken, the address with most of them gives its oldest one up. */
  readonly connections: number;
  /** For one whole request to arrive. */
  readonly requestMs: number;
  /** Of a connection on which nothing happens. */
  readonly idleMs: number;
  /** Of one address in a window; probes, the loopback without tokens, and whoever has a right token are not counted. */
  readonly requests: number;
  /** Wrong tokens of one address in a window; then other wrong ones are refused with 429. */
  readonly failures: number;
  readonly windowMs: number;
}

export const HTTP_LIMITS: HttpLimits = {
  headerBytes: 8 * 1024,
  bodyBytes: 8 * 1024,
  connections: 256,
  requestMs: 10_000,
  idleMs: 60_000,
  requests: 300,
  failures: 10,
  windowMs: 60_000,
};

export interface HttpServer {
  /** `http://127.0.0.1:9464`, with the port that was bound. */
  readonly url: string;
  /** Answers what is under way, refuses what is new, then resolves. Idempotent. */
  close(): Promise<void>;
}

/**
 * Binds and answers.
 * @throws the error of `listen` (EADDRINUSE and the like); DragomanError CONFIG_INVALID when the tokens file cannot be used.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { http, warn } = options;
  const limits = { ...HTTP_LIMITS, ...options.limits };
  const tokens = http.tokensFile === null ? null : new TokensFile(http.tokensFile, (text) => warn(text, {}));
  const sessions = tokens === null ? null : new Sessions(tokens);
  const { failures: failuresMax, windowMs: failuresWindowMs } = limits;
  const access = new Access({ http, tokens, sessions, failuresMax, failuresWindowMs });
  const app = serverOf(limits);
  await addRules(app, access, options, limits);
  addRoutes(app, access, options);
  await options.extend?.(app, { access, sessions });
  const url = await app.listen({ host: http.host, port: http.port });
  let closed: Promise<void> | undefined;
  return { url, close: () => (closed ??= app.close()) };
}

function serverOf({ headerBytes, bodyBytes, connections, requestMs, idleMs }: HttpLimits): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: bodyBytes,
    requestTimeout: requestMs,
    connectionTimeout: idleMs,
    keepAliveTimeout: idleMs,
    http: {
      maxHeaderSize: headerBytes,
      headersTimeout: requestMs,
      connectionsCheckingInterval: Math.min(1_000, requestMs),
    },
  });
  const endSilent = boundConnections(app.server, connections);
  app.addHook('preClose', (done) => {
    endSilent();
    done();
  });
  return app;
}

/** What holds for every route. */
async function addRules(
  app: FastifyInstance,
  access: Access,
  { warn }: HttpServerOptions,
  { requests, windowMs }: HttpLimits,
): Promise<void> {
  app.addHook('onRequest', (_request, reply, done) => {
    void reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
    done();
  });
  app.decorateRequest('caller', null);
  await app.register(cookie);
  await app.register(rateLimit, {
    max: requests,
    timeWindow: windowMs,
    allowList: (request) => access.isTrusted || access.knows(request),
  });
  app.addHook('onRequest', (request, _reply, done) => {
    const { needs = 'nothing' } = request.routeOptions.config;
    const decision = access.decide(needs, request);
    if (decision.kind === 'allowed') {
      request.caller = decision.caller;
      return done();
    }
    if (decision.status !== 429 && request.headers.authorization !== undefined)
      warn('access refused', { status: decision.status, address: request.ip, path: request.routeOptions.url });
    done(new AccessRefused(decision.status));
  });
  app.setErrorHandler((error: FastifyError, _request, reply) => sendProblem(reply, error.statusCode ?? 500));
}

class AccessRefused extends Error {
  override readonly name = 'AccessRefused';
  readonly statusCode: number;
  constructor(statusCode: number) {
    super('access is refused');
    this.statusCode = statusCode;
  }
}

const PROBE = { rateLimit: false } as const;

function addRoutes(app: FastifyInstance, access: Access, options: HttpServerOptions): void {
  const { metrics, readiness, startup, held } = options;
  app.get('/metrics', { config: { needs: 'metrics' } }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.render()),
  );
  app.get('/held', { config: { needs: 'viewer' } }, () => held());
  app.get('/livez', { config: PROBE }, () => ({ ok: true }));
  for (const [path, checks] of [
    ['/readyz', readiness],
    ['/startupz', startup],
  ] as const) {
    app.get(path, { config: PROBE }, async (_request, reply) => {
      const report = await runChecks(checks);
      return reply.code(report.ok ? 200 : 503).send(access.isTrusted ? report : withoutTexts(report));
    });
  }
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (_request, reply) =>
    sendProblem(reply, 404, {
      detail: 'There are /metrics, /livez, /readyz, /startupz and /held, and the console at /.',
    }),
  );
}

/** Texts name brokers and errors: they stand in the log. */
const withoutTexts = ({ ok, checks }: ProbeReport): ProbeReport => ({
  ok,
  checks: Object.fromEntries(Object.entries(checks).map(([name, check]) => [name, { ok: check.ok, text: null }])),
});
