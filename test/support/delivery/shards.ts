/** Shards of a pipeline in memory over one generated history, held against what one whole pipeline makes of it. */
import { deepEqual, ok } from 'node:assert/strict';
import type { LoadedRules } from '../../../src/adapters/files/rules-loader.js';
import { ownsId } from '../../../src/domain/shard.js';
import { aggregateRef } from '../../../src/domain/state/aggregate-state.js';
import { LOOKUP_AGGREGATE } from '../../../src/domain/tables/feed.js';
import type { Log } from '../history/log.js';
import { clearing, withFault } from '../pipeline/faults.js';
import { Rig } from '../rig.js';
import { emptied, type Lives } from './pipeline.js';

export interface ShardedLives extends Lives {
  readonly shards: number;
  /** The one that the fault befalls. */
  readonly faulty: number;
}

/** @param changeSetsMax of one Kafka transaction. @throws AssertionError; whatever else was thrown by a pipeline. */
export async function expectPublishedAsWhole(
  log: Log,
  lives: ShardedLives,
  rules: LoadedRules,
  changeSetsMax: number,
): Promise<number> {
  const settings = { limits: { transactionsMax: 3, rowsMax: 10_000, changeSetsMax } };
  const whole = new Rig(log.records, { rules, settings });
  deepEqual(await whole.live(), { kind: 'drained' });
  const shards = Rig.shards(log.records, { rules, settings, shards: lives.shards });
  const [first] = shards as [Rig];
  emptied(first);
  const cuts = lives.cuts.map((cut) => Math.round((cut / 1_000) * log.records.length)).sort((a, b) => a - b);
  let from = 0;
  for (const [life, to] of [...cuts, log.records.length].entries()) {
    first.play(log.records.slice(from, to));
    from = to;
    for (const [index, shard] of shards.entries())
      await lived(shard, life === 0 && index === lives.faulty % lives.shards && lives.call > 0 ? lives : null);
  }
  deepEqual(byOrder(first), byOrder(whole));
  deepEqual(first.parked(), whole.parked());
  deepEqual(letters(first), letters(whole));
  for (const topic of [...rules.rules.topics, whole.settings().topics.journal])
    expectOwnPartitions(first, topic, lives);
  return whole.published().length;
}

async function lived(shard: Rig, fault: ShardedLives | null): Promise<void> {
  const ports = shard.ports();
  const end = await shard.live(fault === null ? ports : withFault(ports, fault, clearing(shard.store)));
  if (end.kind !== 'drained') deepEqual(await shard.live(), { kind: 'drained' });
}

/** Byte for byte, in the order of each. */
function byOrder(rig: Rig): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const { topic, key, value, headers } of rig.published())
    (found[key] ??= []).push(JSON.stringify({ topic, value, headers }));
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const letters = (rig: Rig): string[] =>
  rig
    .deadLetters()
    .map(({ key, value }) => `${key ?? ''} ${value ?? ''}`)
    .sort();

/** Each partition is written by one shard: what it holds is of aggregates that this one owns. Rows of lookup tables are everybody's. */
function expectOwnPartitions({ log }: Rig, topic: string, { shards: count }: ShardedLives): void {
  for (const [partition, name] of log.partitionsOf(topic).entries())
    for (const { key } of log.records(name)) {
      const { aggregate, id } = key?.includes(':') === true ? aggregateRef(key) : { aggregate: '', id: key ?? '' };
      if (aggregate !== LOOKUP_AGGREGATE) ok(ownsId({ index: partition % count, count }, id), `${id} in ${name}`);
    }
}
