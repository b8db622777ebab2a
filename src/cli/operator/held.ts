/**
 * Source transactions that are held, as running members say over HTTP: each knows of the tasks that it runs alone. Of a pipeline with several
 * shards all have to be seen, whichever members run them.
 */
import { readFileSync } from 'node:fs';
import { TOKEN_VARIABLE } from '../../config/environment.js';
import type { Config } from '../../config/schema.js';
import { DragomanError } from '../../errors.js';
import { type HeldReport, heldReportSchema } from '../../server/held.js';
import { checkUrl } from '../options/url-option.js';
import { shardsIn } from './shards.js';

export interface MemberOption {
  /** Of members that run the pipeline; default: address and port of the config. */
  readonly member?: readonly string[];
  /** Holds a token with the role `viewer` or `operator`; default: the variable DRAGOMAN_TOKEN. */
  readonly tokenFile?: string;
}

type BySource = HeldReport['pipelines'][string];
type Refused = NonNullable<HeldReport['refused']>;

export interface HeldNow {
  /** By task of the pipeline. */
  readonly tasks: ReadonlyMap<string, BySource>;
  /** Why a command was refused last, by its id and the task that refused it. */
  readonly refused: Refused;
}

type HeldInOne = BySource[string][number];

/** One that is held, in all shards or in some. */
export interface Held extends HeldInOne {
  readonly source: string;
  readonly tasks: readonly string[];
}

/** Each once, by what it is held for. Pure. */
export function heldIn({ tasks }: HeldNow): Held[] {
  const found = new Map<string, Held>();
  for (const [task, sources] of tasks)
    for (const [source, all] of Object.entries(sources))
      for (const each of all) {
        const key = JSON.stringify([source, each.transaction, each.code]);
        const known = found.get(key);
        const isWaitedFor = each.isWaitedFor || known?.isWaitedFor === true;
        found.set(key, { ...(known ?? { source, ...each }), isWaitedFor, tasks: [...(known?.tasks ?? []), task] });
      }
  return [...found.values()];
}

const ANSWER_MAX_MS = 5_000;

/** Of all shards. @throws DragomanError MEMBER_UNAVAILABLE, ACCESS_DENIED */
export async function heldNow(config: Config, pipeline: string, options: MemberOption): Promise<HeldNow> {
  const addresses = options.member ?? [ownAddress(config)];
  const token = tokenOf(options);
  const reports: HeldReport[] = [];
  for (const address of addresses) {
    checkUrl('--member', address);
    reports.push(await ask(new URL('/held', address), token));
  }
  const tasks = shardsIn(config, pipeline).map(({ task }) => task);
  return seenIn(reports, tasks, (unseen, seen) => notRun(addresses, unseen, seen));
}

/** @param notRun what is thrown when some tasks of the pipeline are in none of the reports. */
export function seenIn(
  reports: readonly HeldReport[],
  tasks: readonly string[],
  notRun: (unseen: readonly string[], seen: readonly string[]) => DragomanError,
): HeldNow {
  const seen = new Map(reports.flatMap(({ pipelines }) => Object.entries(pipelines)));
  const unseen = tasks.filter((task) => !seen.has(task));
  if (unseen.length > 0) throw notRun(unseen, [...seen.keys()]);
  return { tasks: new Map(tasks.map((task) => [task, seen.get(task) ?? {}])), refused: allRefused(reports) };
}

function allRefused(reports: readonly HeldReport[]): Refused {
  const all: Refused = {};
  for (const { refused = {} } of reports)
    for (const [id, why] of Object.entries(refused)) all[id] = { ...all[id], ...why };
  return all;
}

function ownAddress({ http }: Config): string {
  const host = ['0.0.0.0', '::'].includes(http.host) ? '127.0.0.1' : http.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${http.port}`;
}

async function ask(url: URL, token: string | null): Promise<HeldReport> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const reply = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(ANSWER_MAX_MS) }).catch(
    (cause: unknown) => {
      throw unavailable(`No member of Dragoman answers at ${url.href}.`, cause);
    },
  );
  if ([401, 403, 429].includes(reply.status))
    throw new DragomanError(
      'ACCESS_DENIED',
      `The member at ${url.host} refuses (${reply.status}): it wants a token with the role viewer or operator, by --token-file or in ${TOKEN_VARIABLE}.`,
    );
  try {
    return heldReportSchema.parse(await reply.json());
  } catch (cause) {
    throw unavailable(`What answers at ${url.href} is no member of Dragoman.`, cause);
  }
}

function tokenOf({ tokenFile }: MemberOption): string | null {
  if (tokenFile === undefined) return process.env[TOKEN_VARIABLE] ?? null;
  try {
    return readFileSync(tokenFile, 'utf8').trim();
  } catch (cause) {
    throw new DragomanError('COMMAND_INVALID', `--token-file: ${tokenFile} cannot be read.`, { cause });
  }
}

function notRun(addresses: readonly string[], unseen: readonly string[], seen: readonly string[]): DragomanError {
  const asked = addresses.map((address) => new URL(address).host).join(', ');
  const running = seen.join(', ') || 'none';
  return unavailable(
    addresses.length === 1
      ? `The member at ${asked} does not run ${unseen.join(', ')} now (it runs: ${running}).`
      : `None of the members at ${asked} runs ${unseen.join(', ')} now (they run: ${running}).`,
  );
}

const unavailable = (what: string, cause?: unknown): DragomanError =>
  new DragomanError(
    'MEMBER_UNAVAILABLE',
    `${what} Name every one that runs a shard of the pipeline with --member http://host:port (again for each).`,
    { cause },
  );
