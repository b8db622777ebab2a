/** The console: pages, what they do, the API, live content and files, as routes of the HTTP server. */
import type { FastifyInstance } from 'fastify';
import type { Html } from '../html.js';
import { invariant } from '../invariant.js';
import { sendProblem } from '../server/access.js';
import type { Gate } from '../server/http-server.js';
import { addApi } from './api/routes.js';
import type { ConsoleDesk } from './desk.js';
import { consoleFiles } from './files.js';
import { Live, type LiveOptions } from './live.js';
import { addActing } from './pages/acting.js';
import { flowContent } from './pages/flow.js';
import { addPages, migrationPart, reconciliationPart } from './pages/routes.js';

export interface ConsoleOptions {
  readonly desk: ConsoleDesk;
  /** `http.publicUrl`. */
  readonly publicUrl: string | null;
  readonly warn: (text: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly live?: Partial<Pick<LiveOptions, 'everyMs' | 'max'>>;
}

export async function addConsole(app: FastifyInstance, gate: Gate, options: ConsoleOptions): Promise<void> {
  const { desk, warn, publicUrl } = options;
  const files = consoleFiles();
  const asset = (name: string): string => `/assets/${name}?v=${files.get(name)?.version ?? ''}`;
  const frame = { version: desk.version, asset };
  const contents = liveContents(desk);
  const live = new Live({ make: (name) => contentNamed(name, contents), ...options.live });
  app.addHook('preClose', (done) => {
    live.close();
    done();
  });
  await app.register((pages, _options, done) => {
    addPages(pages, { desk, frame, warn });
    addActing(pages, { desk, frame, warn, gate, isSecure: publicUrl?.startsWith('https:') === true });
    done();
  });
  await app.register((api, _options, done) => {
    addApi(api, { desk, warn });
    done();
  });
  addLive(app, gate, live, contents);
  app.get<{ Params: { name: string } }>('/assets/:name', { config: { rateLimit: false } }, (request, reply) => {
    const file = files.get(request.params.name);
    if (file === undefined) return sendProblem(reply, 404);
    return reply.header('cache-control', 'public, max-age=31536000, immutable').type(file.type).send(file.bytes);
  });
}

/** What changes while it is looked at: a page, with the one thing that may be chosen on it. */
interface LiveContent {
  /** Of the choice, in the query. */
  readonly by: string;
  /** The first is that of whoever does not choose. */
  readonly choices: readonly string[];
  readonly make: (choice: string) => Promise<Html>;
}

/** By name of the page. */
type LiveContents = ReadonlyMap<string, LiveContent>;

const liveContents = (desk: ConsoleDesk): LiveContents =>
  new Map([
    [
      'flow',
      {
        ...{ by: 'by', choices: ['', ...desk.contexts] },
        make: async (by) => flowContent(await desk.flow(), by, desk.contexts),
      },
    ],
    ['migration', { by: 'pipeline', choices: desk.pipelines, make: (pipeline) => migrationPart(desk, pipeline) }],
    [
      'reconciliation',
      { by: 'pipeline', choices: desk.pipelines, make: (pipeline) => reconciliationPart(desk, pipeline) },
    ],
  ]);

/** @param name of the page, a blank, and the choice. */
async function contentNamed(name: string, contents: LiveContents): Promise<string> {
  const blank = name.indexOf(' ');
  const content = contents.get(name.slice(0, blank));
  invariant(content !== undefined, 'what is looked at is a live page', { name });
  return (await content.make(name.slice(blank + 1))).text;
}

function addLive(app: FastifyInstance, { access }: Gate, live: Live, contents: LiveContents): void {
  // Without HEAD: there is no end to which it could be answered.
  const options = { config: { needs: 'viewer' }, exposeHeadRoute: false } as const;
  for (const [page, { by, choices }] of contents)
    app.get<{ Querystring: Readonly<Record<string, unknown>> }>(`/live/${page}`, options, (request, reply) => {
      const asked = choices.find((choice) => choice === request.query[by]) ?? choices[0] ?? '';
      const mayLook = (): boolean => access.decide('viewer', request).kind === 'allowed';
      const { raw: response } = reply;
      if (live.isFull)
        return sendProblem(reply.header('retry-after', '30'), 503, {
          detail: 'So many look already that no more may.',
        });
      reply.hijack();
      response.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-accel-buffering': 'no', // a proxy in between (nginx) would keep it until it is much
      });
      live.add({ response, name: `${page} ${asked}`, mayLook });
      return reply;
    });
}
