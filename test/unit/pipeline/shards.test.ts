/** Shards of a pipeline: who carries out what, what is said once, and what is refused. `test/property/shards` has what they publish. */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { LoadedRules } from '../../../src/adapters/files/rules-loader.js';
import { ownsId } from '../../../src/domain/shard.js';
import type { RawBatch, RawRecord } from '../../../src/pipeline/ports.js';
import { commandOf, outcomes, results, unparkOf } from '../../support/pipeline/commands.js';
import { isStreamedRow, xidOf } from '../../support/recorded/histories.js';
import { edited, envelopeOf, readRecording, type RecordedRecord } from '../../support/recordings.js';
import { replaced } from '../../support/replaced.js';
import { type LifeEnd, retailerRules, Rig, type RigOptions, type RigPorts } from '../../support/rig.js';
import { waitsTakeNoTime } from '../../support/waits.js';

const records = readRecording('postgres/02-interleaved');
let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});

waitsTakeNoTime();

const shardsOver = (input: readonly RecordedRecord[], options: Partial<RigOptions> = {}, shards = 3): Rig[] =>
  Rig.shards(input, { rules, ...options, shards });

async function live(shards: readonly Rig[]): Promise<LifeEnd[]> {
  const ends: LifeEnd[] = [];
  for (const shard of shards) ends.push(await shard.live());
  return ends;
}

const drained = (shards: readonly Rig[]): LifeEnd[] => shards.map(() => ({ kind: 'drained' }));
const told = (shards: readonly Rig[], kind: string): number[] =>
  shards.map((shard) => shard.told.filter((event) => event.kind === kind).length);

describe('a command', () => {
  it('over one aggregate is its owner’s, whoever reads it', async () => {
    const shards = shardsOver(records);
    expect(await live(shards)).toEqual(drained(shards));
    const ids = [...new Set(shards[0]!.journal().map(({ id }) => id))];
    for (const id of ids) shards[0]!.command(unparkOf(id));
    await live(shards);
    for (const [index, shard] of shards.entries()) {
      const own = ids.filter((id) => ownsId({ index, count: 3 }, id));
      expect(outcomes(shard).map(({ subject }) => subject)).toEqual(own.map((id) => `order ${id}`));
      expect(results(shard)).toEqual(own.map(() => 'refused'));
    }
    expect(ids.length).toBeGreaterThan(3);
  });

  it('that is none is told by one of them', async () => {
    const shards = shardsOver(records);
    await live(shards);
    shards[0]!.command('nothing');
    await live(shards);
    expect(shards.map(results)).toEqual([['malformed'], [], []]);
  });

  it('over tables is carried out by each', async () => {
    const shards = shardsOver(records);
    await live(shards);
    shards[0]!.command(commandOf({ kind: 'tables.known', arguments: { source: 'legacy', tables: ['oms.whs_rel'] } }));
    await live(shards);
    expect(shards.map(results)).toEqual([['applied'], ['applied'], ['applied']]);
  });
});

describe('a source transaction that is held', () => {
  const lost = records.findLast(
    (record) => record.topic === 'legacy.oms.ord_line' && isStreamedRow(record) && envelopeOf(record).op === 'c',
  )!;
  const torn = records.filter((record) => record !== lost);
  const heldBy = (shard: Rig): string | null =>
    shard.told.flatMap((event) => (event.kind === 'sequenced' ? [event.held?.transaction ?? null] : [])).at(-1) ?? null;
  const quarantine = (transaction: string) =>
    commandOf({ kind: 'transaction.quarantine', arguments: { source: 'legacy', transaction } });

  /** One of the shards does not see the row. */
  function withoutLost(shard: Rig): RigPorts {
    const ports = shard.ports();
    const { source } = ports;
    const isLost = (partition: string, { offset }: RawRecord): boolean =>
      partition === `${lost.topic}/${lost.partition}` && offset === lost.offset;
    const take = (partition: string): RawBatch | undefined => {
      const batch = source.take(partition);
      return batch && { ...batch, records: [...batch.records].filter((record) => !isLost(partition, record)) };
    };
    return { ...ports, source: replaced(source, { take }) };
  }

  /** Each look at the clock is seconds after the one before. */
  async function afterLong(rig: Rig): Promise<void> {
    let nowMs = 0;
    const now = vi.spyOn(performance, 'now').mockImplementation(() => (nowMs += 5_000));
    await rig.live();
    now.mockRestore();
  }

  async function wholeOf(options: Partial<RigOptions> = {}): Promise<Rig> {
    const whole = new Rig(torn, { rules, ...options });
    await whole.live();
    return whole;
  }

  it('is held by each, and parked by a command as in one pipeline', async () => {
    const whole = await wholeOf();
    const shards = shardsOver(torn);
    expect(await live(shards)).toEqual(drained(shards));
    const transaction = heldBy(whole) ?? '';
    expect(shards.map(heldBy)).toEqual([transaction, transaction, transaction]);
    for (const rig of [whole, shards[0]!]) rig.command(quarantine(transaction));
    await live([whole, ...shards]);
    expect(shards.map(results)).toEqual([['applied'], ['applied'], ['applied']]);
    expect(shards.map(heldBy)).toEqual([null, null, null]);
    expect(shards[0]!.parked()).toEqual(whole.parked());
    expect(Object.keys(whole.parked())).not.toEqual([]);
    expect(told(shards, 'shardsDisagree')).toEqual([0, 0, 0]);
  });

  it('and was decided over by two, a person and time, is no alarm', async () => {
    const shards = shardsOver(torn);
    await live(shards);
    const transaction = heldBy(shards[0]!) ?? '';
    for (let sent = 0; sent < 2; sent += 1) shards[0]!.command(quarantine(transaction));
    await live(shards);
    expect(shards.map(results)).toEqual(shards.map(() => ['applied', 'refused']));
    expect(told(shards, 'shardsDisagree')).toEqual([0, 0, 0]);
  });

  it('is parked by all when it has been for too long: the first one makes that a command', async () => {
    const source = { incomplete: 'quarantine', incompleteAfterMs: 0 } as const;
    const shards = shardsOver(torn, { source });
    const sent = () => shards[0]!.log.records(`${shards[0]!.settings().topics.commands}/0`);
    await live(shards.slice(1));
    expect(sent()).toEqual([]);
    expect(shards.slice(1).map(heldBy)).not.toContain(null);
    await afterLong(shards[0]!);
    expect(JSON.parse(sent()[0]?.value ?? '')).toMatchObject({
      ...{ kind: 'transaction.quarantine', pipeline: 'orders', by: 'dragoman' },
      arguments: { source: 'legacy', transaction: expect.stringMatching(new RegExp(`^${xidOf(lost)}\\b`)) as string },
    });
    await live(shards);
    expect(shards.map(results)).toEqual([['applied'], ['applied'], ['applied']]);
    expect(sent()).toHaveLength(1);
    const whole = await wholeOf({ source });
    await afterLong(whole);
    await whole.live();
    expect(shards[0]!.parked()).toEqual(whole.parked());
    expect(Object.keys(whole.parked())).not.toEqual([]);
  });

  it('is parked by all likewise when more are held behind it than were ever decided over at once', async () => {
    const rows = records.filter((record) => record.topic === 'legacy.oms.ord_line' && isStreamedRow(record));
    const missing = new Set(new Map(rows.map((record) => [xidOf(record), record] as const)).values());
    const many = records.filter((record) => !new Set([...missing].slice(-6)).has(record));
    const source = { incomplete: 'quarantine', incompleteAfterMs: 0 } as const;
    const shards = shardsOver(many, { source }, 2);
    for (let rounds = 0; rounds < 8; rounds += 1) {
      await afterLong(shards[0]!);
      await live(shards);
    }
    expect(shards.map(results)).toEqual(shards.map(() => Array<string>(6).fill('applied')));
    expect(shards.map(heldBy)).toEqual([null, null]);
  });

  it('by some of them only, and parked there, is an alarm of the others', async () => {
    const shards = shardsOver(records);
    const [first, ...others] = shards as [Rig, ...Rig[]];
    await first.live(withoutLost(first));
    const transaction = heldBy(first) ?? '';
    first.command(quarantine(transaction));
    await first.live(withoutLost(first));
    await live(others);
    expect(results(first)).toEqual(['applied']);
    expect(others.map(results)).toEqual([['refused'], ['refused']]);
    expect(told(shards, 'shardsDisagree')).toEqual([0, 1, 1]);
    expect(others[0]!.told.find(({ kind }) => kind === 'shardsDisagree')).toEqual({
      ...{ kind: 'shardsDisagree', source: 'legacy', transaction },
    });
  });
});

describe('a row whose order nobody knows', () => {
  const unknown = records.find((record) => record.topic === 'legacy.oms.pay_txn' && isStreamedRow(record))!;
  const nameless = edited(unknown, (value) => {
    value.op = 'u';
    value.after!['ord_no'] = '__debezium_unavailable_value';
  });
  const input = records.map((record) => (record === unknown ? nameless : record));

  it('is one dead letter, and told once', async () => {
    const shards = shardsOver(input, { source: { unplaced: 'report' } });
    expect(await live(shards)).toEqual(drained(shards));
    expect(told(shards, 'unplaced')).toEqual([1, 0, 0]);
    expect(shards[0]!.deadLetters()).toHaveLength(1);
  });

  it('stops all of them where it is to stop', async () => {
    const shards = shardsOver(input);
    const refused = { kind: 'refused', code: 'ROW_UNPLACED' };
    expect(await live(shards)).toMatchObject([refused, refused, refused]);
  });
});

it('deletes of rows that nobody knows are counted once', async () => {
  const gone = readRecording('postgres/05-deletes-truncate').filter(
    ({ value }) => value?.includes('"op":"t"') !== true,
  );
  const orphaned = gone.filter((record) => record.topic !== 'legacy.oms.pay_txn' || envelopeOf(record).op === 'd');
  const whole = new Rig(orphaned, { rules });
  await whole.live();
  const shards = shardsOver(orphaned);
  await live(shards);
  expect(told(shards, 'orphan')).toEqual([...told([whole], 'orphan'), 0, 0]);
});

describe('a start is refused', () => {
  it('with another number of shards than the one that decided, both ways', async () => {
    const shards = shardsOver(records, {}, 2);
    await live(shards);
    for (const [rig, now] of [
      [shards[0]!, 1],
      [shards[1]!, 4],
    ] as const) {
      const settings = rig.settings();
      const end = await rig.live(rig.ports(), { ...settings, shard: { ...settings.shard, count: now } });
      expect(end).toMatchObject({ kind: 'refused', code: 'SHARDS_CHANGED' });
      expect(end).toHaveProperty('text', expect.stringContaining(`shards: 2, and the config says ${now}`));
    }
  });

  it('of a shard without progress where one whole pipeline decided', async () => {
    const whole = new Rig(records, { rules, journalPartitions: 4 });
    await whole.live();
    const second = new Rig(records, { rules, shards: 2 }, whole, 1);
    expect(await second.live()).toMatchObject({ kind: 'refused', code: 'PROGRESS_LOST' });
  });
});
