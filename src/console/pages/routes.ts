/** The pages over HTTP. What is refused is a page too; who is not in is sent to log in. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { titleOf } from '../../server/access.js';
import { checked } from '../api/endpoint.js';
import { callerOf } from '../api/routes.js';
import { contractQuery } from '../answers/contracts.js';
import { migrationQuery, planQuery } from '../answers/migration.js';
import { findingQuery } from '../answers/parity.js';
import { oneQuery, parkedQuery } from '../answers/parked.js';
import { discrepancyQuery, reconciliationQuery } from '../answers/reconciliation.js';
import type { ConsoleDesk } from '../desk.js';
import { readSelector, selectorText } from '../../domain/ownership/route.js';
import { html, type Html, query } from '../../html.js';
import { wrongOf } from '../refusing.js';
import { DragomanError } from '../../errors.js';
import { commandsContent } from './commands.js';
import { contractContent, contractsContent } from './contracts.js';
import { heldContent } from './deciding.js';
import { flowContent } from './flow.js';
import { type Frame, page, type PageOptions } from './layout.js';
import { problemContent } from './login.js';
import { partContent } from './migration/one.js';
import { migrationContent } from './migration/overview.js';
import { findingContent } from './migration/parity.js';
import { discrepancyContent } from './reconciliation/one.js';
import { reconciliationContent, runsPart } from './reconciliation/overview.js';
import { parkedContent } from './parked.js';
import { parkedOneContent } from './parked-one.js';
import { rulesContent } from './rules.js';
import { eventQuery, whyQuery } from '../answers/why.js';
import { waitingQuery } from '../answers/waiting.js';
import { isEventId } from '../../why/event.js';
import { eventContent } from './one/event.js';
import { type Search, searchContent, whyContent } from './one/why.js';
import { waitingContent } from './waiting.js';

export interface PagesOptions {
  readonly desk: ConsoleDesk;
  readonly frame: Frame;
  readonly warn: (text: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** Nothing but what we serve; nobody shows our pages in his; forms come to us (W3C CSP 3). */
const POLICY = [
  "default-src 'none'",
  ...["script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"],
  ...["form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"],
].join('; ');

/** A picture that is looked at by itself has its style in it. */
const PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

export const sendPage = (reply: FastifyReply, frame: Frame, options: PageOptions): FastifyReply =>
  secured(reply, POLICY).type('text/html; charset=utf-8').send(page(frame, options));

const secured = (reply: FastifyReply, policy: string): FastifyReply =>
  reply.headers({
    'content-security-policy': policy,
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  });

/** Names of contexts by which events may be told apart. */
const flowQuery = z.object({ by: z.string().max(100).default('') });
/** Of a form: what is left empty is not asked for; its times are UTC. */
const partQuery = z.preprocess(
  (fields) => Object.fromEntries(Object.entries(fields as object).filter(([, text]) => text !== '')),
  planQuery.extend({ to: planQuery.shape.to.optional(), at: z.preprocess(utcOf, planQuery.shape.at) }),
);
const heldQuery = z.strictObject({ pipeline: z.string(), source: z.string(), transaction: z.string() });

export function addPages(app: FastifyInstance, { desk, frame, warn }: PagesOptions): void {
  app.setErrorHandler((error, request, reply) => sendWrong(error, request, reply, { frame, warn }));
  const add = (
    path: string,
    title: string,
    make: (request: FastifyRequest) => Promise<Html>,
    scripts: string[] = [],
  ): void =>
    void app.get(path, { config: { needs: 'viewer' } }, async (request, reply) => {
      const body = await make(request);
      const at = `/${path.split('/')[1] ?? ''}`;
      return sendPage(reply, frame, { title, at, caller: callerOf(request), body, scripts });
    });

  add('/', 'Flow', async (request) => {
    const { by } = asked(flowQuery, request);
    return html`<div data-live="/live/flow${query({ by })}">${flowContent(await desk.flow(), by, desk.contexts)}</div>`;
  }, ['uplot.js']); // prettier-ignore
  add('/transactions/one', 'Held transaction', async (request) => {
    const wanted = asked(heldQuery, request);
    return heldContent({ ...wanted, held: await heldOf(desk, wanted), caller: callerOf(request) });
  });
  add('/parked', 'Parked', async (request) => {
    const { pipeline = desk.pipelines[0], ...filter } = asked(parkedQuery, request);
    const wanted = { ...filter, pipeline };
    return parkedContent(await desk.parked(wanted), wanted, desk.pipelines);
  });
  add('/parked/one', 'Parked', async (request) => {
    const caller = callerOf(request);
    const one = await desk.parkedOne(asked(oneQuery, request), caller);
    return parkedOneContent(one, { caller, mayShowPersonal: desk.mayShowPersonal });
  });
  add('/waiting', 'Waiting', async (request) => {
    const { pipeline = desk.pipelines[0], ...filter } = asked(waitingQuery, request);
    const wanted = { ...filter, pipeline };
    return waitingContent(await desk.waiting(wanted), wanted, desk.pipelines);
  });
  add('/why', 'Why', (request) => whyPage(desk, request));
  add('/why/event', 'Event', async (request) => {
    const { pipeline = desk.pipelines[0], ...wanted } = asked(eventQuery, request);
    return eventContent(await searchOf(desk, { id: wanted.id, pipeline }), await desk.event({ ...wanted, pipeline }));
  });
  add('/migration', 'Migration', async (request) => {
    const { pipeline = desk.pipelines[0] } = asked(migrationQuery, request);
    const content = await migrationPart(desk, pipeline);
    return html`<div data-live="/live/migration${query({ pipeline })}">${content}</div>`;
  }, ['uplot.js']); // prettier-ignore
  add('/migration/one', 'Migration', (request) => partPage(desk, request));
  add('/migration/finding', 'Parity', async (request) => {
    const given = asked(findingQuery, request);
    return findingContent(await desk.finding(given), callerOf(request));
  });
  add('/reconciliation', 'Reconciliation', async (request) => {
    const { pipeline = desk.pipelines[0], ...filter } = asked(reconciliationQuery, request);
    const wanted = { ...filter, pipeline };
    const around = { query: wanted, pipelines: desk.pipelines };
    return reconciliationContent(await desk.reconciliation(wanted), around, callerOf(request));
  });
  add('/reconciliation/one', 'Discrepancy', async (request) =>
    discrepancyContent(await desk.discrepancy(asked(discrepancyQuery, request)), callerOf(request)),
  );
  add('/contracts', 'Contracts', async () => contractsContent(await desk.contracts()));
  add('/contracts/one', 'Contract', async (request) => {
    const one = await desk.contract(asked(contractQuery, request));
    return contractContent(one, await orWords('Consumer groups are not known', desk.consumers(one.topic)));
  });
  add('/rules', 'Rules', async () => {
    const heldUp = desk.pipelines.map((pipeline) => orWords('What waits is not known', desk.heldUp({ pipeline })));
    return rulesContent(await desk.rules(), await Promise.all(heldUp));
  });
  add('/commands', 'Decisions', async () => commandsContent(await desk.commands()));
  app.get('/rules/graph.svg', { config: { needs: 'viewer' } }, async (_request, reply) =>
    secured(reply, PICTURE_POLICY)
      .type('image/svg+xml')
      .send(await desk.graph()),
  );
}

const asked = <S extends z.ZodType>(schema: S, { query: given }: FastifyRequest): z.output<S> =>
  checked(schema, given) as z.output<S>;

/** What cannot be known now is said in its place; the rest of the page stands. */
const orWords = <T>(words: string, read: Promise<T>): Promise<T | string> =>
  read.catch((error: unknown) => {
    if (error instanceof DragomanError) return `${words}: ${error.message}`;
    throw error;
  });

async function searchOf(
  desk: ConsoleDesk,
  {
    aggregate = '',
    id = '',
    pipeline = desk.pipelines[0] ?? '',
  }: { readonly [Name in 'aggregate' | 'id' | 'pipeline']?: string | undefined },
): Promise<Search> {
  const aggregates = [...new Set((await desk.rules()).facts.map((fact) => fact.aggregate))];
  return { aggregates, aggregate, id, pipelines: desk.pipelines, pipeline };
}

/** What has the form of an event's id, and is no key of an aggregate that is known, is looked for among events. */
async function whyPage(desk: ConsoleDesk, request: FastifyRequest): Promise<Html> {
  const given = asked(whyQuery.partial(), request);
  if (given.id === undefined || given.id === '') return searchContent(await searchOf(desk, given));
  const { pipeline = desk.pipelines[0], ...question } = asked(whyQuery, request);
  const wanted = { ...question, pipeline };
  const search = await searchOf(desk, wanted);
  const eventId = question.id.trim().toLowerCase();
  if (!isEventId(eventId)) return whyContent(search, await desk.why(wanted), wanted);
  const answer = await desk.why(wanted).catch(noKey);
  if (answer !== null && answer.standing !== 'unknown') return whyContent(search, answer, wanted);
  return eventContent(search, await desk.event({ id: eventId, pipeline }));
}

function noKey(error: unknown): null {
  if (error instanceof DragomanError && error.code === 'COMMAND_INVALID') return null;
  throw error;
}

/** Of the page of reconciliation, what changes while it is looked at. */
export const reconciliationPart = async (desk: ConsoleDesk, pipeline: string | undefined): Promise<Html> =>
  runsPart(await desk.reconciliation({ pipeline, state: 'open', page: 1 }));

export const migrationPart = async (desk: ConsoleDesk, pipeline: string | undefined): Promise<Html> => {
  const findings = orWords('What was found is not known', desk.findings());
  const parity = orWords('Parity is not known', desk.parity({ pipeline }));
  const beside = { findings: await findings, parity: await parity };
  return migrationContent(await desk.migration({ pipeline }), beside, desk.pipelines);
};

async function partPage(desk: ConsoleDesk, request: FastifyRequest): Promise<Html> {
  const { to, ...given } = asked(partQuery, request);
  const selector = readSelector(given.selector);
  const part = { ...given, selector: typeof selector === 'string' ? given.selector : selectorText(selector) };
  const { pipeline, capabilities } = await desk.migration({ pipeline: part.pipeline });
  const isIts = (one: { readonly capability: string }): boolean => one.capability === part.capability;
  const capability = capabilities.find(isIts);
  if (capability === undefined)
    throw new DragomanError('COMMAND_REFUSED', `The rules declare no capability ${part.capability}.`);
  const plan = to === undefined ? null : await desk.plan({ ...part, to });
  const parity = await orWords('Parity is not known', desk.parity({ pipeline }));
  const compared = typeof parity === 'string' ? [] : (parity.capabilities.find(isIts)?.parts ?? []);
  return partContent({ asked: { ...part, to }, pipeline, capability, compared, plan, caller: callerOf(request) });
}

/** `2026-03-01T10:00`, as a browser has it. */
function utcOf(local: unknown): unknown {
  if (typeof local !== 'string' || local.endsWith('Z')) return local;
  return /T\d\d:\d\d$/.test(local) ? `${local}:00Z` : `${local}Z`;
}

/** @throws DragomanError COMMAND_REFUSED when it is not held, as far as this member knows */
async function heldOf(desk: ConsoleDesk, wanted: z.output<typeof heldQuery>) {
  const pipeline = (await desk.flow()).pipelines.find((one) => one.pipeline === wanted.pipeline);
  const source = pipeline?.sources.find((one) => one.source === wanted.source);
  const held = source?.held.find(({ transaction }) => transaction === wanted.transaction);
  if (held !== undefined) return held;
  throw new DragomanError(
    'COMMAND_REFUSED',
    `Transaction ${wanted.transaction} of ${wanted.source} is not held in a task that this member runs.`,
  );
}

export function sendWrong(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { frame, warn }: Pick<PagesOptions, 'frame' | 'warn'>,
): FastifyReply {
  const { status, code, words } = wrongOf(error, request);
  if (status === 401 && request.method === 'GET') return reply.redirect(`/login${query({ to: request.url })}`, 303);
  if (status === 500) warn('a page failed', { path: request.routeOptions.url, err: error });
  const text = words ?? WORDS[status] ?? 'Something went wrong; the log of this member has more.';
  const body = problemContent(status, text, code);
  return sendPage(reply.code(status), frame, { title: titleOf(status), at: '', caller: request.caller, body });
}

const WORDS: Readonly<Record<number, string>> = {
  401: 'Your session is over. Log in, and do it again.',
  403: 'Your role does not allow this, or it did not come from a page of this console.',
  413: 'What was sent is larger than anything that is read here.',
  415: 'What was sent has a form that is not read here.',
  429: 'Too many requests came from your address. Wait a minute.',
};
