/**
 * `dragoman pinned migrate`: aggregates that keep the rules by which they began are decided by those of now from here on: one, or all that keep the
 * same rules. With `--dry-run` what the rules that stand here would mean for them, by asking both.
 */
import type { AggregateRef } from '../../domain/change-set.js';
import { type Command, subjectOf } from '../../domain/command.js';
import { aggregateRef, type AggregateState, aggregateText } from '../../domain/state/aggregate-state.js';
import { DragomanError } from '../../errors.js';
import { Lookups } from '../../pipeline/decide/lookups.js';
import type { TaskSettings } from '../../pipeline/task.js';
import { firstNameOf } from '../../rules/named.js';
import { EXIT, print, say } from '../exit.js';
import { configOf, rulesOf } from '../load.js';
import { aggregateCommand } from '../operator/aggregate-command.js';
import { behindCommand, progressIn } from '../operator/reading/committed-progress.js';
import { type Desk, type DeskShard, stateOf, withDesk } from '../operator/desk.js';
import { answerTo, type ChangeOptions, commandOf, pipelineOf, send } from '../operator/operator.js';
import { compiledOnce, type Reading, readingAt } from '../operator/reading/reading.js';
import { ownerOf } from '../operator/shards.js';
import { atMarker, withStores } from '../operator/reading/stored-states.js';
import { isAnyKept } from './list.js';
import { previewOf } from './preview.js';

export type PinnedMigrateOptions = ChangeOptions & { readonly kept?: string; readonly max: number };

export async function pinnedMigrateCommand(
  aggregate: string,
  id: string | undefined,
  options: PinnedMigrateOptions,
): Promise<number> {
  const { kept } = options;
  if ((id === undefined) === (kept === undefined))
    throw new DragomanError(
      'COMMAND_INVALID',
      'Say which: pinned migrate <aggregate> <id>, or all that keep the same rules: --kept <digest>. `dragoman pinned list` has the digests.',
    );
  if (options.dryRun === true) return withDesk(options, (desk) => preview({ aggregate, id, kept }, desk, options));
  if (id !== undefined) return aggregateCommand('pin.migrate', { aggregate, id }, options);
  return migrateAll(aggregate, kept ?? '', options);
}

/** Answers are asked for so often after the command was passed, before it counts as refused: Redis follows a moment later. */
const LOOKS_MAX = 8;

async function migrateAll(aggregate: string, rules: string, options: PinnedMigrateOptions): Promise<number> {
  const loaded = configOf(options, true);
  const { config } = loaded;
  const pipeline = pipelineOf(config, options);
  const command = commandOf('pin.migrateAll', { aggregate, rules }, pipeline, options);
  const wanted = { aggregate: firstNameOf((await rulesOf(options, loaded)).rules, aggregate), digest: rules };
  const isKept = (): Promise<boolean> =>
    withStores(config, pipeline, (stores) =>
      isAnyKept(
        stores.map(({ store }) => store),
        wanted,
      ),
    );
  if (!(await isKept()))
    throw new DragomanError(
      'COMMAND_REFUSED',
      `No ${aggregate} keeps the rules ${rules}; \`dragoman pinned list\` says what is kept.`,
    );
  const offset = await send(config, command);
  say(`sent ${command.kind} of ${subjectOf(command)} as ${command.id}`);
  if (options.wait === 0) return EXIT.ok;
  let looks = 0;
  await answerTo(command, options.wait * 1_000, async () => {
    const waitsFor = behindCommand(await progressIn(config, pipeline), offset);
    if (waitsFor.length > 0) return { waitsFor };
    if (!(await isKept())) return { answer: true };
    if ((looks += 1) > LOOKS_MAX) throw notMigrated(command);
    return { waitsFor: [pipeline] };
  });
  const text = `Each ${aggregate} that kept the rules ${rules} is decided by the rules of now.`;
  if (options.json === true)
    await print(JSON.stringify({ schema: 'dragoman.cli/command@1', command, result: 'applied', text, parked: null }));
  else await print(`applied: ${text}`);
  return EXIT.ok;
}

const notMigrated = ({ id }: Command): DragomanError =>
  new DragomanError(
    'COMMAND_REFUSED',
    `Command ${id} was read, and the rules are still kept: those that decide now may be the same. The log of the member that runs the pipeline has a ` +
      'line with this id and the reason.',
  );

interface Wanted {
  readonly aggregate: string;
  readonly id: string | undefined;
  readonly kept: string | undefined;
}

type Told = readonly (readonly [id: string, lines: readonly string[]])[];

export async function preview(wanted: Wanted, desk: Desk, options: PinnedMigrateOptions): Promise<number> {
  const all = await desk.settings();
  const settings = { ...all, compile: compiledOnce(all.compile) };
  const aggregate = firstNameOf(settings.rules, wanted.aggregate);
  const { id, kept = '' } = wanted;
  const told: (readonly [string, readonly string[]])[] = [];
  let more = 0;
  if (id !== undefined) {
    await stateOf(desk, { aggregate, id });
    told.push(...(await ofOne({ aggregate, id }, ownerOf(desk.shards, id), settings)));
  } else
    for (const shard of desk.shards)
      for await (const part of ofAll({ aggregate, kept }, shard, settings)) {
        const room = options.max - told.length;
        told.push(...part.slice(0, room));
        more += Math.max(0, part.length - room);
      }
  await show(told, more, { pipeline: desk.pipeline, to: settings.translate.digest }, options);
  return EXIT.ok;
}

const ofOne = ({ aggregate, id }: AggregateRef, { shard, store }: DeskShard, settings: TaskSettings): Promise<Told> =>
  atMarker(store, async (marker) => {
    const reading = await readingAt(marker, store, { ...settings, shard });
    const key = aggregateText({ aggregate, id });
    await reading.memory.loadStates([key]);
    const lines = await compared(aggregate, reading.memory.state(key), reading);
    return [[id, lines ?? [`is decided by the rules that stand here already`]]];
  });

/** Those that keep these rules, part by part, each read at the marker of its moment. */
async function* ofAll(
  wanted: { readonly aggregate: string; readonly kept: string },
  { shard, store }: DeskShard,
  settings: TaskSettings,
): AsyncGenerator<Told> {
  let from: string | null = null;
  do {
    const at: string | null = from;
    const part = await atMarker(store, async (marker) => {
      const reading = await readingAt(marker, store, { ...settings, shard });
      const { states, next } = await reading.memory.scan(at);
      const told: (readonly [string, readonly string[]])[] = [];
      for (const [key, state] of states) {
        const { aggregate, id } = aggregateRef(key);
        const isWanted =
          aggregate === wanted.aggregate && reading.memory.pinned.of(aggregate, state)?.digest === wanted.kept;
        const lines = isWanted ? await compared(aggregate, state, reading) : null;
        if (lines !== null) told.push([id, lines]);
      }
      return { told, next };
    });
    yield part.told;
    from = part.next;
  } while (from !== null);
}

/** Null: there is nothing to compare, because it is decided by the rules of now. */
async function compared(
  aggregate: string,
  state: AggregateState | null,
  { memory, settings }: Reading,
): Promise<readonly string[] | null> {
  const now = settings.rules.aggregates.get(aggregate);
  const kept = state === null ? null : memory.pinned.of(aggregate, state);
  if (state === null || now === undefined || kept === null) return null;
  const lookups = new Lookups(memory);
  const ask = (): string[] => settings.watch(() => previewOf(state, { kept: kept.aggregate, now }, lookups.rows));
  const found = ask();
  return lookups.isMissing ? lookups.again(ask) : found;
}

/** Ids shown behind a line. */
const SAMPLES_MAX = 3;

async function show(
  told: Told,
  more: number,
  { pipeline, to }: { readonly pipeline: string; readonly to: string },
  { json }: PinnedMigrateOptions,
): Promise<void> {
  const ids = new Map<string, string[]>();
  for (const [id, lines] of told) for (const line of lines) ids.set(line, [...(ids.get(line) ?? []), id]);
  const found = [...ids]
    .map(([text, all]) => ({ text, count: all.length, ids: all.slice(0, SAMPLES_MAX) }))
    .sort((a, b) => b.count - a.count);
  const { length: compared } = told;
  if (json === true)
    await print(JSON.stringify({ schema: 'dragoman.cli/pinned-migrate@1', pipeline, to, compared, more, found }));
  else
    for (const { text, count, ids: some } of found)
      await print(`${count}: ${text} (${some.join(', ')}${count > some.length ? ', ...' : ''})`);
  const left = more === 0 ? '' : `; ${more} more were not looked at (--max)`;
  say(`dry run, nothing is written: ${compared} compared with the rules that stand here (${to})${left}`);
  if (found.length === 0 && compared > 0) say('nothing that is open would be asked otherwise');
}
