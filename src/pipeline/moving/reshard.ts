/**
 * What every shard of a pipeline kept -> what each of another number of shards begins with. An aggregate goes to its owner; what each shard keeps
 * for itself (row index, columns, rules, lookup rows) goes to every one. Pure.
 *
 * H1. They have to stand at one place: what one has decided and another has not read would be lost for one part of the aggregates, or decided twice.
 * H2. Who owns a row is told by the shard of the aggregate that owns it: only that one carries out what takes a row from it.
 * H3. How many keep which rules is counted anew, out of what each aggregate says: each shard knew it of its own alone.
 * H4. Numbers of whose aggregates are go whole to one: their sum over all shards counts.
 * H5. Figures of parity are added up, and are the first shard's from then on; examples of it are left behind.
 * H6. A discrepancy goes, with its evidence, to the owner of its aggregate; the runs of checks are the same for all, and are the first shard's.
 */
import { ownsId, ownsPartition, type Shard } from '../../domain/shard.js';
import { aggregateRef } from '../../domain/state/aggregate-state.js';
import { DragomanError } from '../../errors.js';
import type { Cell } from '../ports.js';
import { OWNERSHIP } from '../kept/ownership-counts.js';
import { isOpenPin, NO_PIN, type Pin, pinField, pinIn, PINNED, pinText } from '../kept/pin-counts.js';
import { CHECKS } from '../discrepancies/checks.js';
import { DISCREPANCIES, EVIDENCE, ownsDiscrepancy } from '../discrepancies/register.js';
import { EXAMPLES } from '../parity/examples.js';
import { added, type HourCounts, PARITY } from '../parity/figures.js';
import type { Progress, SourceProgress } from '../progress/progress.js';
import { isKeptBy, ROWS } from '../state/cells.js';
import { MEMORY } from '../state/parts.js';
import { topicName } from '../topic-name.js';
import type { Moved } from './moved.js';

/** @param from which shard kept it. @param to which one is to have it. */
export function isMovedTo({ hash, field, value }: Cell, from: Shard, to: Shard): boolean {
  if (hash === OWNERSHIP) return to.index === from.index % to.count; // H4
  if (hash === ROWS && value !== null && !ownsId(from, aggregateRef(value).id)) return false;
  if (hash === EXAMPLES) return false;
  if (hash === PARITY) return to.index === 0;
  if (hash === CHECKS) return from.index === 0; // H6
  if (hash === DISCREPANCIES || hash === EVIDENCE) return value !== null && ownsDiscrepancy(to, businessKeyIn(value));
  return isKeptBy(to, { hash, field });
}

const businessKeyIn = (text: string): string => (JSON.parse(text) as { readonly businessKey: string }).businessKey;

/** H3, H4. @param cells of one shard as it is to be; where rules were migrated to is the same for all. */
export async function* recounted(cells: AsyncIterable<Cell>): AsyncIterable<Cell> {
  const pins = new Map<string, Pin>();
  const owned = new Map<string, number>();
  const figures = new Map<string, HourCounts>();
  for await (const cell of cells) {
    if (cell.hash === OWNERSHIP) owned.set(cell.field, (owned.get(cell.field) ?? 0) + Number(cell.value));
    else if (cell.hash === PARITY && cell.value !== null) {
      const counts = JSON.parse(cell.value) as HourCounts;
      figures.set(cell.field, added(figures.get(cell.field) ?? {}, counts));
    } else if (cell.hash !== PINNED) yield cell;
    const field = cell.hash === PINNED ? cell.field : pinOf(cell);
    if (field === null || cell.value === null) continue;
    const known = pins.get(field) ?? NO_PIN;
    const { to } = cell.hash === PINNED ? pinIn(cell.value) : NO_PIN;
    pins.set(field, { count: known.count + (cell.hash === PINNED ? 0 : 1), to: known.to ?? to });
  }
  for (const [field, counts] of figures) yield { hash: PARITY, field, value: JSON.stringify(counts) };
  for (const [field, pin] of pins)
    if (pin.count > 0 || isOpenPin(field)) yield { hash: PINNED, field, value: pinText(pin) };
  for (const [field, count] of owned) if (count !== 0) yield { hash: OWNERSHIP, field, value: String(count) };
}

/** Null: it is not what an aggregate says of the rules that it keeps. */
function pinOf({ hash, field, value }: Cell): string | null {
  if (hash.startsWith('~') || field !== MEMORY || value?.includes('"rules":') !== true) return null;
  const { rules } = JSON.parse(value) as { readonly rules?: string };
  return rules === undefined ? null : pinField(aggregateRef(hash).aggregate, rules);
}

/**
 * One progress for all. Clocks may differ, because heartbeats move them: the lowest counts, and timers that were due by a higher one are gone.
 * So may where a source began, when a command was what it began by: each shard began where it stood then.
 * @param all of each shard.
 * @param told contract topics that are read. @throws DragomanError SHARDS_APART
 */
export function atOnePlace(all: readonly Moved[], told: readonly string[] = []): Moved {
  const [first, ...others] = all;
  if (first === undefined) throw new DragomanError('INVARIANT_BROKEN', 'A pipeline has at least one shard.');
  const places = all.map(({ progress }, shard) =>
    placeText(withoutOwn(progress, { index: shard, count: all.length }, told)),
  );
  const apart = others.findIndex((_, i) => places[i + 1] !== places[0]);
  if (apart !== -1) throw shardsApart(apart + 1);
  const progresses = all.map(({ progress }) => progress);
  const frontiers = Object.entries(first.progress.frontiers).map(([source, frontier]): [string, SourceProgress] => {
    const times = progresses.map((progress) => progress.frontiers[source]?.timeMs ?? null);
    return [source, { ...frontier, timeMs: lowest(times) }];
  });
  const clock = lowest(progresses.map((progress) => progress.clock));
  return { ...first, progress: { ...first.progress, frontiers: Object.fromEntries(frontiers), clock } };
}

/** Of contract topics each shard reads the partitions of its own aggregates; all read those of the sources. */
function withoutOwn(progress: Progress, shard: Shard, told: readonly string[]): Progress {
  if (told.length === 0) return progress;
  const isOwn = (partition: string): boolean => {
    const topic = topicName(partition);
    return told.includes(topic) && ownsPartition(shard, Number(partition.slice(topic.length + 1)));
  };
  return { ...progress, offsets: new Map([...progress.offsets].filter(([partition]) => !isOwn(partition))) };
}

/** What has to be the same: everything that is read or decided next, and that a source has begun. */
function placeText({ offsets, frontiers, commands, ownership }: Progress): string {
  const sources = Object.entries(frontiers).map(([source, { epoch, mode, position, first, serials, ...more }]) => {
    const { recent, unended, left, snapshot, known } = more;
    const hasBegun = known.begun !== null;
    return [source, epoch, mode, position, first, serials, recent, unended, left, snapshot, known.tables, hasBegun];
  });
  const inOrder = <T extends readonly unknown[]>(entries: readonly T[]): T[] =>
    [...entries].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  return JSON.stringify([inOrder([...offsets]), inOrder(sources), commands.resolved, ownership]);
}

const lowest = (times: readonly (number | null)[]): number | null =>
  times.reduce((low, time) => (low === null || time === null ? null : Math.min(low, time)));

const shardsApart = (shard: number): DragomanError =>
  new DragomanError(
    'SHARDS_APART',
    `Shard ${shard} does not stand where shard 0 does: one has read or decided what the other has not, and with another number of shards a part of the ` +
      'orders would miss it. Nothing was written. Start the pipeline with the number of shards that it had, hold the connector, wait until ' +
      '`dragoman doctor` says LAG 0 of each shard, stop all members, and move it out again.',
    { details: { shard } },
  );
