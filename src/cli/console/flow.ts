/** How things flow: what was committed against what there is to read, from Kafka; what is parked, from Redis; the rest as this process saw it. */
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import type { Config } from '../../config/schema.js';
import type { Flow, PipelineFlow, SourceFlow } from '../../console/answers/flow.js';
import type { PublishedWatch } from '../../console/watch/published-watch.js';
import type { TaskWatch } from '../../console/watch/task-watch.js';
import { ownsId } from '../../domain/shard.js';
import { aggregateRef } from '../../domain/state/aggregate-state.js';
import { DragomanError } from '../../errors.js';
import type { Desk } from '../operator/desk.js';
import { ofEach, shardsIn } from '../operator/shards.js';
import { type Lag, lags } from '../operator/reading/lag.js';
import { atStates } from '../operator/reading/stored-states.js';
import { counted } from '../parked/list.js';
import type { ConsoleReads } from './kafka-reads.js';

export interface FlowPorts {
  readonly config: Config;
  readonly rules: LoadedRules;
  readonly desks: ReadonlyMap<string, Desk>;
  readonly reads: ConsoleReads;
  readonly tasks: TaskWatch;
  readonly published: PublishedWatch;
  readonly nowMs: () => number;
}

export async function flowNow(ports: FlowPorts): Promise<Flow> {
  const { desks, published, nowMs } = ports;
  const pipelines: PipelineFlow[] = [];
  for (const desk of desks.values()) pipelines.push(await pipelineFlow(desk, ports));
  return {
    schema: 'dragoman.http/flow@1',
    asOf: new Date(nowMs()).toISOString(),
    pipelines,
    published: published.read(),
  };
}

async function pipelineFlow(desk: Desk, ports: FlowPorts): Promise<PipelineFlow> {
  const { pipeline } = desk;
  const problems: string[] = [];
  const behind = await orProblem(() => lags(pipeline, ports), problems);
  const parked = await orProblem(() => parkedCounts(desk), problems);
  const shards = shardsIn(ports.config, pipeline);
  const sources = ports.config.pipelines[pipeline]?.sources ?? [];
  return {
    pipeline,
    tasks: shards.map(({ task }) => ports.tasks.task(task)),
    sources: sources.map(({ name }) => ({
      source: name,
      ...(behind?.get(name) ?? { lagRecords: null, lagSeconds: null }),
      ...here(name, shards.map(({ task }) => task), ports.tasks), // prettier-ignore
    })),
    parked,
    problem: problems.length === 0 ? null : problems.join(' '),
  };
}

/** What cannot be known now is said; the rest of the page stands. */
async function orProblem<T>(read: () => Promise<T>, problems: string[]): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof DragomanError)) throw error;
    problems.push(`${error.code}: ${error.message}`);
    return null;
  }
}

/** Each of several shards holds the same transactions: one of them that runs here says which. */
function here(source: string, tasks: readonly string[], watch: TaskWatch): Omit<SourceFlow, 'source' | keyof Lag> {
  const told = tasks.flatMap((task) => watch.source(task, source) ?? []);
  if (told.length === 0) return { openTransactions: null, heldRows: null, held: [] };
  return {
    openTransactions: Math.max(...told.map(({ openTransactions }) => openTransactions ?? 0)),
    heldRows: told.reduce((total, { heldRows }) => total + (heldRows ?? 0), 0),
    held: [
      ...new Map(told.flatMap(({ held }) => held).map((each) => [`${each.code} ${each.transaction}`, each])).values(),
    ],
  };
}

/** By code, without loading what is parked. */
async function parkedCounts({ shards }: Desk): Promise<NonNullable<PipelineFlow['parked']>> {
  const all = await ofEach(shards, async ({ shard, store }) => {
    const codes = await atStates(store, (states, marker) => states.parked(marker));
    return [...codes].filter(([key]) => ownsId(shard, aggregateRef(key).id)).map(([, code]) => code);
  });
  const codes = all.flat();
  return { total: codes.length, byCode: counted(codes) };
}
