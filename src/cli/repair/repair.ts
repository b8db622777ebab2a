/**
 * `dragoman repair republish` and `correct`: what is in the scope is looked up in the journal, shown, and sent as commands at the stated rate; then it is
 * told what became of each aggregate. Broken off, it goes on with `--resume`: what the repair has done is in the journal.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type RepairCommand, isRepair } from '../../domain/command.js';
import { counted, type RepairTarget } from '../../domain/repair/repair.js';
import { DragomanError } from '../../errors.js';
import { meets } from '../../pipeline/discrepancies/reading.js';
import { aggregateAsked } from '../../why/question.js';
import { EXIT, print, say } from '../exit.js';
import { checkWords } from '../operator/aggregate-command.js';
import { type ChangeOptions, commandOf } from '../operator/operator.js';
import { becameOf } from './became.js';
import { cutIntoTargets, portionOf } from './cutting.js';
import { type RepairDesk, withRepairDesk } from './desk.js';
import { isRepairable, Repairables } from './discrepancies.js';
import { type Preview, previewOf, type PublishedBefore } from './published-before.js';
import { type Found, foundIn, type Scope } from './scope.js';
import { type Came, sendPaced } from './sending.js';

export interface RepairOptions extends ChangeOptions {
  readonly aggregate?: string;
  readonly id?: readonly string[];
  readonly contract?: readonly string[];
  readonly event?: readonly string[];
  readonly discrepancy?: readonly string[];
  readonly check?: string;
  readonly class?: string;
  /** Ms since 1970. */
  readonly since?: number;
  readonly until?: number;
  readonly rate: number;
  readonly max: number;
  readonly resume?: string;
}

export interface RepublishOptions extends RepairOptions {
  readonly to?: string;
  readonly override?: string;
}

export const republishCommand = (options: RepublishOptions): Promise<number> =>
  repairCommand('repair.republish', options);

export const correctCommand = (options: RepairOptions): Promise<number> => repairCommand('repair.correct', options);

function repairCommand(kind: RepairCommand['kind'], options: RepublishOptions): Promise<number> {
  checkWords(options);
  checkScope(options);
  if (options.wait === 0)
    throw new DragomanError('COMMAND_INVALID', 'A repair is waited for, so that its rate is kept: leave --wait 0 out.');
  return withRepairDesk(options, (desk) => repairWith(desk, kind, options));
}

/** Nobody repairs everything by leaving something out. @throws DragomanError COMMAND_INVALID */
function checkScope(options: RepairOptions): void {
  const { aggregate, id = [], contract = [], event = [], since, until, resume } = options;
  const invalid = (text: string): DragomanError => new DragomanError('COMMAND_INVALID', text);
  if (isOfDiscrepancies(options) && (aggregate !== undefined || id.length > 0))
    throw invalid('Discrepancies name their aggregates: leave --aggregate and --id out.');
  if (
    !isOfDiscrepancies(options) &&
    id.length === 0 &&
    contract.length === 0 &&
    event.length === 0 &&
    since === undefined
  )
    throw invalid(
      'Say what is repaired: --aggregate with --id, --contract, --event, --since, --discrepancy or --check.',
    );
  if (id.length > 0 && aggregate === undefined) throw invalid('--id is of an --aggregate: name its type.');
  if (since !== undefined && until !== undefined && since >= until) throw invalid('--since is not before --until.');
  const strange = contract.find((name) => !CONTRACT.test(name));
  if (strange !== undefined) throw invalid(`--contract ${strange}: write its name and major version, OrderReady.v1.`);
  if (resume !== undefined && !UUID.test(resume)) throw invalid(`--resume ${resume} is no id of a repair.`);
}

const isOfDiscrepancies = ({ discrepancy = [], check, class: is }: RepairOptions): boolean =>
  discrepancy.length > 0 || check !== undefined || is !== undefined;

/** Those that are open, as far as events can repair them. @throws DragomanError COMMAND_REFUSED */
async function repairablesIn(desk: Pick<RepairDesk, 'discrepancies'>, options: RepairOptions): Promise<Repairables> {
  const { discrepancy: ids = [], check, class: is } = options;
  const filter = { ...(check === undefined ? {} : { check }), ...(is === undefined ? {} : { class: is }) };
  const meant = (await desk.discrepancies()).filter(
    (each) => (ids.length === 0 || ids.includes(each.id)) && meets(each, { ...filter, state: 'open' }, Date.now()),
  );
  const unknown = ids.find((id) => !meant.some((each) => each.id === id));
  if (unknown !== undefined) throw new DragomanError('COMMAND_REFUSED', `No open discrepancy ${unknown} is known.`);
  const repairable = meant.filter(isRepairable);
  if (repairable.length < meant.length)
    say(
      `${meant.length - repairable.length} of ${meant.length} discrepancies cannot be repaired by events, and are left out`,
    );
  return new Repairables(repairable);
}

const CONTRACT = /^[^\s]+\.v[1-9]\d*$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Exported for tests. */
export async function repairWith(
  desk: RepairDesk,
  kind: RepairCommand['kind'],
  options: RepublishOptions,
): Promise<number> {
  const { to = null } = options;
  if (to !== null && !desk.config.audiences.includes(to))
    throw new DragomanError(
      'COMMAND_REFUSED',
      `REPAIR_AUDIENCE_UNKNOWN: ${to} is none of the audiences in the config.`,
    );
  const repair = options.resume ?? randomUUID();
  if (options.resume !== undefined) await allCarriedOut(desk, options);
  const repairs = isOfDiscrepancies(options) ? { repairs: await repairablesIn(desk, options) } : {};
  const found = await foundIn({ ...scopeOf(repair, desk, options), ...repairs }, desk);
  const preview = previewOf(found.all);
  await showPreview(preview, found, { kind, repair, options });
  if (preview.events > options.max)
    throw new DragomanError(
      'COMMAND_REFUSED',
      `${counted(preview.events, 'event')} are in this scope, and --max says ${options.max}. Make the scope narrower, or raise it.`,
    );
  if (options.dryRun === true || preview.events === 0) return EXIT.ok;
  const commands = commandsOf(found.all, (targets) => oneOf(kind, { repair, targets }, desk, options), options.rate);
  const startedMs = Date.now();
  const came = await desk.sending((send) =>
    sendPaced(commands, portsOf(desk, send), {
      ...{ rate: options.rate, waitMs: options.wait * 1_000 },
      onProgress: progressWords(preview.events),
    }),
  );
  return showCame(came, { kind, repair, options, seconds: (Date.now() - startedMs) / 1_000 });
}

function scopeOf(repair: string, { rules }: Pick<RepairDesk, 'rules'>, options: RepairOptions): Scope {
  const { aggregate, id: ids = [], contract, event, since, until, resume } = options;
  return {
    ...(aggregate === undefined ? {} : { aggregate: aggregateAsked(aggregate, rules.rules).name }),
    filter: {
      ...(contract === undefined ? {} : { contracts: new Set(contract) }),
      ...(event === undefined ? {} : { events: new Set(event) }),
      ...(since === undefined ? {} : { sinceMs: since }),
      ...(until === undefined ? {} : { untilMs: until }),
    },
    ...{ ids, repair, isResumed: resume !== undefined },
  };
}

/** What was sent before has its effect, or none, before it is looked at what is left. @throws DragomanError COMMAND_UNANSWERED */
async function allCarriedOut(
  desk: Pick<RepairDesk, 'carriedTo' | 'commandsEnd'>,
  { wait, resume = '' }: RepairOptions,
) {
  const end = await desk.commandsEnd();
  const untilMs = Date.now() + wait * 1_000;
  while ((await desk.carriedTo()) < end) {
    if (Date.now() >= untilMs)
      throw new DragomanError(
        'COMMAND_UNANSWERED',
        `Commands of before wait in the commands log, perhaps some of the repair ${resume}: start the pipeline, then repeat this.`,
      );
    await delay(ASK_AGAIN_MS);
  }
}

const ASK_AGAIN_MS = 250;

function oneOf(
  kind: RepairCommand['kind'],
  { repair, targets }: { readonly repair: string; readonly targets: readonly RepairTarget[] },
  { pipeline }: Pick<RepairDesk, 'pipeline'>,
  options: RepublishOptions,
): RepairCommand {
  const { to = null, override } = options;
  const only = kind === 'repair.correct' ? {} : { to, ...(override === undefined ? {} : { override }) };
  const command = commandOf(kind, { repair, targets, ...only }, pipeline, options);
  if (!isRepair(command)) throw new DragomanError('INVARIANT_BROKEN', `${kind} is a repair.`);
  return command;
}

/** Made one by one, when their time comes. */
function* commandsOf(
  all: readonly PublishedBefore[],
  make: (targets: readonly RepairTarget[]) => RepairCommand,
  rate: number,
): Generator<RepairCommand> {
  const [first] = all;
  if (first === undefined) return;
  const { aggregate, id, offset, event } = first;
  const targets = [{ aggregate, id, entries: [offset], events: [event] }];
  const headChars = JSON.stringify(make(targets)).length - JSON.stringify(targets).length;
  for (const portion of cutIntoTargets(all, { headChars, eventsMax: portionOf(rate) })) yield make(portion);
}

const portsOf = (desk: RepairDesk, send: (command: RepairCommand) => Promise<number>) => ({
  send,
  carriedTo: () => desk.carriedTo(),
  became: (command: RepairCommand) => becameOf(command, desk),
  clock: { nowMs: () => performance.now(), sleep: (ms: number) => delay(ms) },
});

interface Shown {
  readonly kind: RepairCommand['kind'];
  readonly repair: string;
  readonly options: RepublishOptions;
}

async function showPreview(preview: Preview, { done, notes }: Found, { kind, repair, options }: Shown): Promise<void> {
  const { dryRun = false, json, to = null } = options;
  if (json === true && dryRun)
    await print(JSON.stringify({ schema: 'dragoman.cli/repair-preview@1', kind, repair, to, ...preview, done, notes }));
  const { events, aggregates, byContract, samples } = preview;
  say(`${counted(events, 'event')} of ${counted(aggregates, 'aggregate')}${to === null ? '' : ` to ${to}`}`);
  for (const [contract, count] of Object.entries(byContract)) say(`  ${contract}: ${count}`);
  for (const { contract, aggregate, id, sequence, event, occurredAt } of samples)
    say(`  such as ${contract} #${sequence} of ${aggregate} ${id}, ${event}, of ${occurredAt}`);
  if (done > 0) say(`${counted(done, 'event')} were repaired by ${repair} before, and are left out`);
  for (const note of notes) say(note);
  say(dryRun ? 'dry run, nothing is sent' : `repair ${repair}, ${options.rate} events a second`);
}

const PROGRESS_MS = 5_000;

function progressWords(events: number): (came: Came) => void {
  let nextMs = performance.now() + PROGRESS_MS;
  return ({ events: done, refused }) => {
    if (performance.now() < nextMs) return;
    nextMs = performance.now() + PROGRESS_MS;
    say(`${done} of ${events} events, ${counted(refused.length, 'aggregate')} refused`);
  };
}

const REFUSED_SHOWN_MAX = 1_000;

async function showCame(
  { events, aggregates, refused }: Came,
  { kind, repair, options, seconds }: Shown & { readonly seconds: number },
): Promise<number> {
  const shown = refused.slice(0, REFUSED_SHOWN_MAX);
  if (options.json === true) {
    const counts = { events, aggregates, refused: refused.length };
    await print(
      JSON.stringify({
        schema: 'dragoman.cli/repair@1',
        kind,
        repair,
        to: options.to ?? null,
        ...counts,
        seconds,
        refusals: shown,
      }),
    );
  } else {
    for (const { aggregate, id, text } of shown) await print(`refused ${aggregate} ${id}: ${text}`);
    await print(`${counted(events, 'event')} of ${counted(aggregates, 'aggregate')} repaired by ${repair}`);
  }
  say(`${counted(events, 'event')} in ${seconds.toFixed(1)} s, ${counted(refused.length, 'aggregate')} refused`);
  return refused.length === 0 ? EXIT.ok : EXIT.findings;
}
