/**
 * What a pipeline kept elsewhere, written here: cells into the state topic, then the progress, which makes all of it count. Broken off
 * before, nothing is changed for whoever looks, and the next attempt clears what was left.
 *
 * M1. Positions of the source are the same everywhere: frontiers, clock, what is known of tables and decisions over held transactions go along.
 * M2. Offsets mean nothing here: those of the input are looked up by the records before them, and what names offsets of the journal is left
 *     behind. So the journal begins anew, and history before the move is in that of the former cluster.
 * M3. Names and qualifier go along, and are compared as at any start.
 */
import { DragomanError } from '../../errors.js';
import type { CompiledRules } from '../../rules/compile.js';
import { without } from '../../translate/own.js';
import type { Cell, Ends, Ground, Offsets, Sink } from '../ports.js';
import { encodeFootprint, toldWith, type Footprint } from '../progress/footprint.js';
import { checkNames } from '../progress/names.js';
import { decodeProgress, encodeProgress, NO_COMMANDS, type Progress } from '../progress/progress.js';
import { STUBS } from '../state/cells.js';
import { MEMORY } from '../state/parts.js';
import { type InternalTopics, progressRecord } from '../state/records.js';
import { CellWriter, clear, RECORDS_MAX } from '../write/cell-writer.js';

export interface Moved {
  readonly progress: Progress;
  readonly footprint: Pick<Footprint, 'names' | 'qualifier'>;
}

export interface MovePorts {
  readonly sink: Sink;
  readonly ground: Pick<Ground, 'topics'>;
  readonly rules: CompiledRules;
  readonly qualifier: string | null;
  readonly topics: InternalTopics;
  /** Where each input partition is gone on from here; asked before anything is written. */
  readonly places: () => Promise<Offsets>;
  /** Names that an operator vouches for. */
  readonly acceptedNames: ReadonlySet<string>;
  /** Told now and then: cells that are written. */
  readonly tell: (cells: number) => void;
}

/** One shard of the pipeline as it is to be here. */
export interface MovedShard {
  readonly ports: MovePorts;
  readonly kept: Moved;
  readonly cells: AsyncIterable<Cell>;
}

export interface MovedIn {
  readonly cells: number;
  /** Of an attempt before, that were cleared. */
  readonly leftovers: number;
}

const COMMIT = 1;

/**
 * Fences whoever writes for the pipeline here. The cells of all shards come first, and then their progress, one shard after the other: broken off
 * among these, the next attempt writes those that lack, and a start is refused until then.
 * @param shards all of the pipeline.
 * @throws DragomanError COMMAND_REFUSED when the pipeline has decided something here; RULES_RENAMED, QUALIFIER_CHANGED, and what the ports throw: then
 * nothing counts.
 */
export async function moveIn(shards: readonly MovedShard[], recordsMax = RECORDS_MAX): Promise<MovedIn> {
  const places: ShardPlace[] = [];
  for (const shard of shards) places.push(await placeOf(shard));
  const lacking = places.filter(({ isIn }) => !isIn);
  if (lacking.length === 0) throw decidedHere();
  const written: WrittenShard[] = [];
  for (const place of lacking) written.push(await writeCells(place, recordsMax));
  for (const shard of written) await writeProgress(shard, shards.length);
  const sum = (of: (one: MovedIn) => number): number => written.reduce((all, one) => all + of(one), 0);
  return { cells: sum(({ cells }) => cells), leftovers: sum(({ leftovers }) => leftovers) };
}

interface ShardPlace extends Pick<MovedShard, 'ports' | 'kept'> {
  readonly from: AsyncIterable<Cell>;
  readonly begins: Ends;
  readonly ends: Ends;
  /** By an attempt that was broken off behind this shard. */
  readonly isIn: boolean;
  readonly names: Footprint['names'];
  /** Where it goes on from here. */
  readonly offsets: Offsets;
}

async function placeOf({ ports, kept, cells }: MovedShard): Promise<ShardPlace> {
  const { sink } = ports;
  await sink.fence();
  const [begins, ends] = await Promise.all([sink.begins(), sink.ends()]);
  const found = await sink.progress();
  const isIn = found !== null && isMovedFrom(decodeProgress(found.progress), kept.progress);
  if ((found !== null && !isIn) || (await isDecided(sink, begins, ends))) throw decidedHere();
  checkQualifier(kept.footprint.qualifier, ports.qualifier);
  const names = checkNames(kept.footprint.names, ports.rules, ports.acceptedNames);
  return { ports, kept, from: cells, begins, ends, isIn, names, offsets: await ports.places() };
}

/** Nothing was committed since. */
const isMovedFrom = (found: Progress, { frontiers }: Progress): boolean =>
  found.commit === COMMIT && JSON.stringify(found.frontiers) === JSON.stringify(frontiers);

type WrittenShard = ShardPlace & MovedIn;

async function writeCells(place: ShardPlace, recordsMax: number): Promise<WrittenShard> {
  const { ports, from, begins, ends } = place;
  const { sink, topics, tell } = ports;
  const writer = new CellWriter(sink, topics.state, recordsMax);
  const leftovers = await clear(sink, writer, begins, ends);
  for await (const cell of from) {
    await writer.put(withoutHistory(cell));
    tell(writer.count - leftovers);
  }
  await writer.end();
  return { ...place, cells: writer.count - leftovers, leftovers };
}

async function writeProgress({ ports, kept, ends, offsets, names }: WrittenShard, shards: number): Promise<void> {
  const { sink, ground, qualifier, topics } = ports;
  const { progress } = kept;
  const stands = { cluster: sink.clusterId, topics: await ground.topics() };
  const { state } = await sink.ends();
  const next: Progress = {
    ...progress,
    ...{ commit: COMMIT, offsets, ends: { state, journal: ends.journal } },
    commands: { ...NO_COMMANDS, resolved: progress.commands.resolved },
  };
  const records = [
    progressRecord(topics, 'footprint', encodeFootprint({ ...stands, names, qualifier, shards })),
    progressRecord(topics, 'progress', encodeProgress(next)),
  ];
  await sink.commit({ records, offsets, metadata: toldWith(COMMIT), bases: new Map() });
}

async function isDecided(sink: Sink, begins: Ends, ends: Ends): Promise<boolean> {
  for await (const records of sink.read('journal', begins.journal, ends.journal)) if (records.length > 0) return true;
  return false;
}

const decidedHere = (): DragomanError =>
  new DragomanError(
    'COMMAND_REFUSED',
    'This pipeline has decided something here, or was moved here already: its progress or its journal is not empty. What it knows ' +
      'would be written over, and orders published again. Start it, if it was moved here; else move into a namespace that is empty: `dragoman ' +
      'topics` makes its topics.',
  );

function checkQualifier(known: string | null, now: string | null): void {
  if (known === now) return;
  throw new DragomanError(
    'QUALIFIER_CHANGED',
    `The pipeline decided with ${known === null ? 'no qualifier' : `the qualifier "${known}"`}, and the config here says ` +
      `${now === null ? 'none' : `"${now}"`}. It is part of every id: set pipelines.<pipeline>.qualifier as it was. Nothing was written.`,
    { details: { known, now } },
  );
}

/** M2. */
function withoutHistory(cell: Cell): Cell {
  const { hash, field, value } = cell;
  if (value === null) return cell;
  if (hash === STUBS) {
    const [fired, sequences, at, , ...rest] = JSON.parse(value) as unknown[];
    return { ...cell, value: JSON.stringify([fired, sequences, at, null, ...rest]) };
  }
  if (hash.startsWith('~') || field !== MEMORY) return cell;
  const memory = JSON.parse(value) as Readonly<Record<string, unknown>>;
  return { ...cell, value: JSON.stringify(without(memory, 'journal')) };
}
