/** What pages do: forms that log in and out, and that decide. After each a page is asked for again, so that nothing is done twice by going back. */
import type { FastifyInstance } from 'fastify';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Gate } from '../../server/http-server.js';
import { SESSION_COOKIE, SESSION_MS } from '../../server/sessions.js';
import { mayAs } from '../../server/tokens.js';
import { type Decided, decisionBody } from '../answers/commands.js';
import { checked } from '../api/endpoint.js';
import { callerOf } from '../api/routes.js';
import { DragomanError } from '../../errors.js';
import { query } from '../../html.js';
import { decidedContent } from './deciding.js';
import { loginContent } from './login.js';
import { type PagesOptions, sendPage } from './routes.js';

export interface ActingOptions extends PagesOptions {
  readonly gate: Gate;
  /** Browsers reach us by TLS: the cookie is never sent without. */
  readonly isSecure: boolean;
}

const DECIDED_MAX = 1_000;

const loginForm = z.object({ token: z.string().trim().max(500), to: z.string().max(2_000).default('/') });
const loginQuery = z.object({ to: z.string().max(2_000).default('/') });

const isYes = (text: string): boolean => text === 'yes';
const orNothing = (text: string): string | undefined => (text.trim() === '' ? undefined : text);

/** Fields of forms that are no texts, or need not be there. */
const FIELDS = new Map<string, (text: string) => unknown>([
  ['all', isYes],
  ['publishOwed', isYes],
  ['restart', isYes],
  ['epoch', Number],
  ['contracts', (text) => text.split(',')],
  ['ids', (text) => text.split(',')],
  ['at', orNothing],
  ['override', orNothing],
  ['signature', orNothing],
  ['until', (day) => `${day}T00:00:00Z`],
]);

/** Of a form: a box that is not ticked is not sent. */
const decisionForm = z
  .record(z.string(), z.string())
  .transform((fields) => Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, read(name, text)])));

function read(name: string, text: string): unknown {
  const reading = FIELDS.get(name);
  return reading === undefined ? text : reading(text);
}

export function addActing(app: FastifyInstance, options: ActingOptions): void {
  const parsed = { parseAs: 'string' } as const;
  app.addContentTypeParser('application/x-www-form-urlencoded', parsed, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(body as string))),
  );
  addSessions(app, options);
  addDeciding(app, options);
}

function addSessions(app: FastifyInstance, { gate: { access, sessions }, frame, isSecure }: ActingOptions): void {
  const cookie = { path: '/', httpOnly: true, sameSite: 'strict', secure: isSecure } as const;
  app.get('/login', (request, reply) => {
    const { to } = checked(loginQuery, request.query) ?? { to: '/' };
    if (access.isTrusted) return reply.redirect(own(to), 303);
    const body = loginContent({ to, hasTokens: sessions !== null, problem: null });
    return sendPage(reply, frame, { title: 'Log in', at: '', caller: null, body });
  });
  app.post('/login', (request, reply) => {
    const { token, to } = checked(loginForm, request.body) ?? { token: '', to: '/' };
    const entry = access.find(token);
    if (entry !== null && sessions !== null && mayAs(entry.role, 'viewer'))
      return reply
        .setCookie(SESSION_COOKIE, sessions.open(entry), { ...cookie, maxAge: SESSION_MS / 1_000 })
        .redirect(own(to), 303);
    const status = entry === null ? access.countFailure(request.ip) : 403;
    const body = loginContent({ to, hasTokens: sessions !== null, problem: PROBLEMS[status] });
    return sendPage(reply.code(status), frame, { title: 'Log in', at: '', caller: null, body });
  });
  app.post('/logout', (request, reply) => {
    const id = request.cookies[SESSION_COOKIE];
    if (id !== undefined) sessions?.close(id);
    return reply.clearCookie(SESSION_COOKIE, cookie).redirect('/login', 303);
  });
}

const PROBLEMS = {
  401: 'This is no token that is known here.',
  403: 'This token is for metrics alone: the console needs one of the role viewer or operator.',
  429: 'Too many wrong tokens came from your address. Wait a minute.',
} as const;

/** A path of ours: never another site, whatever is asked for. */
const own = (to: string): string => (/^\/(?![/\\])/.test(to) ? to : '/');

function addDeciding(app: FastifyInstance, { desk, frame }: ActingOptions): void {
  const decided = new LRUCache<string, Decided>({ max: DECIDED_MAX });
  app.post('/decide', { config: { needs: 'operator' } }, async (request, reply) => {
    const fields = checked(decisionForm, request.body);
    const decision = checked(decisionBody, fields);
    if (decision === undefined) throw new DragomanError('COMMAND_INVALID', 'The form is empty.');
    const result = await desk.decide(decision, callerOf(request));
    decided.set(result.id, result);
    return reply.redirect(`/decided${query({ id: result.id })}`, 303);
  });
  app.get('/decided', { config: { needs: 'viewer' } }, (request, reply) => {
    const { id } = checked(z.object({ id: z.string() }), request.query) ?? { id: '' };
    const known = decided.get(id);
    if (known === undefined) return reply.redirect('/commands', 303);
    const body = decidedContent(known);
    return sendPage(reply, frame, { title: 'Decision', at: '/commands', caller: callerOf(request), body });
  });
}
