/** `dragoman state stats`: how large what a pipeline remembers is, what is largest in it, and how it has grown. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { DragomanError } from '../../errors.js';
import { EXIT, print } from '../exit.js';
import { configOf } from '../load.js';
import { type OperatorOptions, pipelineOf } from '../operator/operator.js';
import { ofEach, type OfShard } from '../operator/shards.js';
import { withStores } from '../operator/reading/stored-states.js';
import { own } from '../../translate/own.js';
import { progressWords } from './progress-words.js';
import { Measuring, type Size, type Sizes } from './sizes.js';
import { allHashes, type ScannedStore, whole } from './steady.js';

export interface StatsOptions extends OperatorOptions {
  readonly max: number;
  /** What `--json` printed earlier. */
  readonly since?: string;
}

const SCHEMA = 'dragoman.cli/state-stats@2';

export interface Stats extends Sizes {
  readonly pipeline: string;
  /** ISO 8601. */
  readonly at: string;
  readonly shards: readonly ShardStats[];
}

/** What one shard has of it: in a pipeline that is balanced each has about the same. */
export interface ShardStats {
  readonly task: string;
  /** Kafka transaction that Redis had when it was begun. */
  readonly commit: number;
  readonly aggregates: number;
  readonly cells: number;
  readonly bytes: number;
}

/** Against what was measured earlier. */
export interface Growth {
  readonly since: string;
  readonly types: Readonly<Record<string, Size>>;
  readonly rowIndex: Size;
  readonly total: { readonly cells: number; readonly bytes: number };
}

export async function stateStatsCommand(options: StatsOptions): Promise<number> {
  const { config } = configOf(options, true);
  const pipeline = pipelineOf(config, options);
  const earlier = options.since === undefined ? null : earlierStats(options.since, pipeline);
  const stats = await withStores(config, pipeline, (stores) =>
    measured(stores, { pipeline, largestMax: options.max, nowMs: Date.now() }),
  );
  const growth = earlier === null ? null : growthOf(earlier, stats);
  if (options.json === true) await print(JSON.stringify({ schema: SCHEMA, ...stats, ...(growth && { growth }) }));
  else for (const line of statsLines(stats, growth)) await print(line);
  return EXIT.ok;
}

/** @throws DragomanError COMMAND_REFUSED */
export async function measured(
  stores: readonly (OfShard & { readonly store: ScannedStore })[],
  { pipeline, largestMax, nowMs }: { readonly pipeline: string; readonly largestMax: number; readonly nowMs: number },
): Promise<Stats> {
  const measuring = new Measuring(largestMax);
  const tell = progressWords('hashes measured');
  let hashes = 0;
  const shards = await ofEach(stores, async ({ task, store }) => {
    const before = measuring.soFar;
    const { commit } = await whole(store, 0, (_, content) => Promise.resolve(content));
    for await (const parts of allHashes(store, commit)) {
      for (const part of parts) measuring.add(part);
      tell((hashes += parts.length));
    }
    const { aggregates, cells, bytes } = measuring.soFar;
    return {
      ...{ task, commit, aggregates: aggregates - before.aggregates },
      ...{ cells: cells - before.cells, bytes: bytes - before.bytes },
    };
  });
  return { pipeline, at: new Date(nowMs).toISOString(), shards, ...measuring.end() };
}

const size = z.object({ count: z.number(), bytes: z.number() });
const earlierSchema = z.object({
  schema: z.literal(SCHEMA),
  pipeline: z.string(),
  at: z.string(),
  types: z.record(z.string(), size),
  rowIndex: size,
  total: z.object({ cells: z.number(), bytes: z.number() }),
});
type Earlier = z.output<typeof earlierSchema>;

/** @throws DragomanError COMMAND_INVALID */
export function earlierStats(path: string, pipeline: string): Earlier {
  const invalid = (how: string, cause?: unknown): DragomanError =>
    new DragomanError('COMMAND_INVALID', `--since ${path}: ${how}. Name a file that \`state stats --json\` wrote.`, {
      cause,
    });
  let earlier: Earlier;
  try {
    earlier = earlierSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw invalid(`it cannot be read, or holds no ${SCHEMA}`, cause);
  }
  if (earlier.pipeline !== pipeline) throw invalid(`it is of pipeline ${earlier.pipeline}, and this is ${pipeline}`);
  return earlier;
}

/** Pure. */
export function growthOf(earlier: Earlier, { types, rowIndex, total }: Sizes): Growth {
  const none = { count: 0, bytes: 0 };
  const less = (now: Size, was: Size): Size => ({ count: now.count - was.count, bytes: now.bytes - was.bytes });
  const names = [...new Set([...Object.keys(types), ...Object.keys(earlier.types)])].sort();
  return {
    since: earlier.at,
    types: Object.fromEntries(
      names.map((name) => [name, less(own(types, name) ?? none, own(earlier.types, name) ?? none)]),
    ),
    rowIndex: less(rowIndex, earlier.rowIndex),
    total: { cells: total.cells - earlier.total.cells, bytes: total.bytes - earlier.total.bytes },
  };
}

/** Pure. */
export function statsLines(stats: Stats, growth: Growth | null): string[] {
  const {
    types,
    largest,
    rowIndex,
    parked,
    queues,
    columnLists,
    stubs,
    timers,
    rules,
    pins,
    figures,
    ownership,
    parity,
    discrepancies,
    total,
    shards,
  } = stats;
  const sized = (name: string, { count, bytes }: Size): string => `${name}: ${count}, ${amount(bytes)}`;
  return [
    ...Object.entries(types).map(
      ([type, each]) =>
        `${sized(type, each)}, ${each.rows} rows; mean ${amount(each.meanBytes)}, largest ${amount(each.largestBytes)}`,
    ),
    sized('row index', rowIndex),
    sized('parked', parked),
    `${sized('queues', queues)}, ${queues.changeSets} change sets wait; largest ${amount(queues.largestBytes)}`,
    sized('column lists', columnLists),
    sized('stubs', stubs),
    sized('timers', timers),
    sized('sets of rules', rules),
    sized('rules that are kept', pins),
    sized('figures of columns', figures),
    sized('whose aggregates are, and which are owed', ownership),
    sized('what was compared with services on trial', parity),
    sized('what checks found', discrepancies),
    `all: ${total.cells} cells, ${amount(total.bytes)}`,
    ...(shards.length === 1 ? [] : shards.map(shardLine)),
    ...largest.map(
      ({ aggregate, bytes, rows, cells }) => `largest ${aggregate}: ${amount(bytes)}, ${rows} rows, ${cells} cells`,
    ),
    ...(growth === null ? [] : growthLines(growth)),
  ];
}

const shardLine = ({ task, aggregates, cells, bytes }: ShardStats): string =>
  `${task}: ${aggregates} aggregates, ${cells} cells, ${amount(bytes)}`;

function growthLines({ since, types, rowIndex, total }: Growth): string[] {
  const line = (name: string, { count, bytes }: Size): string =>
    `since ${since}, ${name}: ${signed(count)}, ${signed(bytes)} bytes`;
  return [
    ...Object.entries(types).map(([type, each]) => line(type, each)),
    line('row index', rowIndex),
    line('all', { count: total.cells, bytes: total.bytes }),
  ];
}

const amount = (bytes: number): string => {
  if (bytes < 10_000) return `${bytes} bytes`;
  return bytes < 10_000_000 ? `${Math.round(bytes / 1_000)} kB` : `${Math.round(bytes / 1_000_000)} MB`;
};

const signed = (number: number): string => (number > 0 ? `+${number}` : String(number));
