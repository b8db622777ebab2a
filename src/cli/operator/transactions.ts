/**
 * `dragoman transactions`: source transactions that are held because reading cannot complete them, and what shall become of them.
 * What is held is known to the member that runs the pipeline alone, so it is asked over HTTP.
 */
import { readFileSync } from 'node:fs';
import { TOKEN_VARIABLE } from '../../config/environment.js';
import type { Config } from '../../config/schema.js';
import { type Command, isOnTransaction, subjectOf } from '../../domain/command.js';
import { DragomanError } from '../../errors.js';
import { type HeldReport, heldReportSchema } from '../../server/held.js';
import { EXIT, print, say } from '../exit.js';
import { configOf } from '../load.js';
import { checkUrl } from '../url-option.js';
import { answerTo, type ChangeOptions, commandOf, type OperatorOptions, pipelineOf, send } from './operator.js';

export interface MemberOption {
  /** Of the member that runs the pipeline; default: address and port of the config. */
  readonly member?: string;
  /** Holds a token with the role `operator`; default: the variable DRAGOMAN_TOKEN. */
  readonly tokenFile?: string;
}

type Held = HeldReport['pipelines'][string][string][number];

export async function transactionsListCommand(options: OperatorOptions & MemberOption): Promise<number> {
  const { config } = configOf(options, true);
  const pipeline = pipelineOf(config, options);
  const held = [...(await heldIn(config, pipeline, options))].flatMap(([source, all]) =>
    all.map((it) => ({ source, ...it })),
  );
  if (options.json === true) await print(JSON.stringify({ schema: 'dragoman.cli/transactions@1', pipeline, held }));
  else {
    for (const { source, transaction, code, sinceMs, text } of held) {
      const since = sinceMs === null ? '' : ` since ${new Date(sinceMs).toISOString()}`;
      await print(`${source} ${transaction} ${code}${since}: ${text}`);
    }
  }
  say(held.length === 0 ? 'no transaction is held' : `${held.length} held; ${waitingText(held)}`);
  return EXIT.ok;
}

function waitingText(held: readonly Held[]): string {
  const waitedFor = held.filter(({ isWaitedFor }) => isWaitedFor).length;
  if (waitedFor === 0) return 'nothing waits for them but the offsets';
  return waitedFor === held.length ? 'what comes after waits' : `what comes after waits for ${waitedFor} of them`;
}

export async function transactionCommand(
  how: 'release' | 'quarantine',
  source: string,
  transaction: string,
  options: ChangeOptions & MemberOption,
): Promise<number> {
  const { config } = configOf(options, true);
  const pipeline = pipelineOf(config, options);
  const command = commandOf(`transaction.${how}`, { source, transaction }, pipeline, options);
  const isMeant = (each: Held): boolean => each.transaction === transaction;
  const held = (await heldIn(config, pipeline, options)).get(source)?.find(isMeant);
  if (held === undefined)
    throw new DragomanError('COMMAND_REFUSED', `${subjectOf(command)} is not held; transactions list says what is.`);
  if (options.dryRun === true) return wouldDo(how, held, command, options);
  await send(config, command);
  say(`sent ${command.kind} of ${subjectOf(command)} as ${command.id}`);
  if (options.wait === 0) return EXIT.ok;
  await answerTo(command, options.wait * 1_000, async () =>
    isOver(command, held.code, await reportOf(config, pipeline, options)),
  );
  const text = `${subjectOf(command)} is not held for ${held.code} any more.`;
  if (options.json === true)
    await print(JSON.stringify({ schema: 'dragoman.cli/command@1', command, result: 'applied', text, parked: null }));
  else await print(`applied: ${text}`);
  return EXIT.ok;
}

/**
 * @param code for what it was held; it may be held for something else then.
 * @returns null while it is. @throws DragomanError COMMAND_REFUSED with the member's reason
 */
export function isOver(command: Command, code: string, { pipelines, refused }: HeldReport): true | null {
  const why = refused?.[command.id];
  if (why !== undefined) throw new DragomanError('COMMAND_REFUSED', `${subjectOf(command)}: ${why}`);
  if (!isOnTransaction(command)) return true;
  const { source, transaction } = command.arguments;
  const held = pipelines[command.pipeline]?.[source] ?? [];
  return held.some((each) => each.transaction === transaction && each.code === code) ? null : true;
}

async function wouldDo(
  how: 'release' | 'quarantine',
  held: Held,
  command: Command,
  { json }: OperatorOptions,
): Promise<number> {
  const effect =
    how === 'release'
      ? 'its rows that arrived would be decided as they are'
      : 'every aggregate that it touches would be parked, and nothing of it published';
  if (json === true) await print(JSON.stringify({ schema: 'dragoman.cli/dry-run@1', held, effect }));
  else await print(`${held.code}: ${held.text}`);
  say(`dry run, nothing is written: ${subjectOf(command)}: ${effect}`);
  return EXIT.ok;
}

const ANSWER_MAX_MS = 5_000;

/** By source. @throws DragomanError MEMBER_UNAVAILABLE */
export async function heldIn(config: Config, pipeline: string, options: MemberOption): Promise<Map<string, Held[]>> {
  const { pipelines } = await reportOf(config, pipeline, options);
  return new Map(Object.entries(pipelines[pipeline] ?? {}));
}

/** Of a member that runs the pipeline. */
async function reportOf({ http }: Config, pipeline: string, options: MemberOption): Promise<HeldReport> {
  const host = ['0.0.0.0', '::'].includes(http.host) ? '127.0.0.1' : http.host;
  const address = options.member ?? `http://${host.includes(':') ? `[${host}]` : host}:${http.port}`;
  checkUrl('--member', address);
  const url = new URL('/held', address);
  const report = await ask(url, tokenOf(options));
  if (report.pipelines[pipeline] === undefined) {
    const others = Object.keys(report.pipelines).join(', ') || 'none';
    throw unavailable(`The member at ${url.host} does not run pipeline ${pipeline} now (it runs: ${others}).`);
  }
  return report;
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
      `The member at ${url.host} refuses (${reply.status}): it wants a token with the role operator, by --token-file or in ${TOKEN_VARIABLE}.`,
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

const unavailable = (what: string, cause?: unknown): DragomanError =>
  new DragomanError(
    'MEMBER_UNAVAILABLE',
    `${what} Name the one that runs the pipeline with --member http://host:port.`,
    {
      cause,
    },
  );
