/**
 * HTTP for machines: metrics, probes, and what is held. `/livez` only says that the event loop turns: tied to Kafka or Redis it would make a
 * restart storm of their outage. `/readyz` and `/startupz` ask the checks that were passed in; 503 when one is false.
 */
import { fastify, type FastifyInstance } from 'fastify';
import { runChecks, type Checks } from './checks.js';
import type { HeldReport } from './held.js';

export interface HttpServerOptions {
  /** Address and port to bind; port 0 takes a free one. */
  readonly host: string;
  readonly port: number;
  readonly metrics: { readonly contentType: string; render(): Promise<string> };
  /** Asked by `/readyz`: may this member take part now? */
  readonly readiness: Checks;
  /** Asked by `/startupz`: is the first restore done? */
  readonly startup: Checks;
  /** Answers `/held`. */
  readonly held: () => HeldReport;
}

export interface HttpServer {
  /** `http://127.0.0.1:9464`, with the port that was bound. */
  readonly url: string;
  /** Answers what is under way, refuses what is new, then resolves. Idempotent. */
  close(): Promise<void>;
}

/** Binds and answers. @throws the error of `listen` (EADDRINUSE and the like). */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const app = fastify({ logger: false });
  addRoutes(app, options);
  const url = await app.listen({ host: options.host, port: options.port });
  let closed: Promise<void> | undefined;
  return { url, close: () => (closed ??= app.close()) };
}

function addRoutes(app: FastifyInstance, { metrics, readiness, startup, held }: HttpServerOptions): void {
  app.addHook('onRequest', (_request, reply, done) => {
    void reply.header('cache-control', 'no-store');
    done();
  });
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.render()));
  app.get('/livez', () => ({ ok: true }));
  app.get('/held', () => held());
  for (const [path, checks] of [
    ['/readyz', readiness],
    ['/startupz', startup],
  ] as const) {
    app.get(path, async (_request, reply) => {
      const report = await runChecks(checks);
      return reply.code(report.ok ? 200 : 503).send(report);
    });
  }
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ ok: false, text: 'There are /metrics, /livez, /readyz, /startupz and /held.' }),
  );
}
