/** A pipeline that goes on from what it kept on another cluster. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import type { Cell, Offsets, Sink } from '../../../../src/pipeline/ports.js';
import { type Moved, type MovedIn, moveIn, type MovePorts } from '../../../../src/pipeline/moving/moved.js';
import { decodeFootprint, type Footprint } from '../../../../src/pipeline/progress/footprint.js';
import { decodeProgress, type Progress } from '../../../../src/pipeline/progress/progress.js';
import { readRecording, type RecordedRecord } from '../../../support/recordings.js';
import { replaced } from '../../../support/replaced.js';
import { retailerRules, Rig } from '../../../support/rig.js';

const recorded = readRecording('postgres/01-lifecycle');
const HALF = Math.floor(recorded.length / 2);
const GONE = 3;
let rules: LoadedRules;
let from: Rig;
let progress: Progress;
let footprint: Footprint;

beforeAll(async () => {
  rules = await retailerRules();
});

beforeEach(async () => {
  from = new Rig(recorded.slice(0, HALF), { rules, shapedBy: recorded });
  expect(await from.live()).toEqual({ kind: 'drained' });
  const found = await opened(from).then((sink) => sink.progress());
  progress = decodeProgress(found!.progress);
  footprint = decodeFootprint(found!.footprint!);
});

async function opened(rig: Rig): Promise<Sink> {
  const { sink } = rig.ports();
  await sink.fence();
  return sink;
}

/** So many records of a partition are not on the other cluster. */
const goneOf = (partition: string): number => ((progress.offsets.get(partition) ?? 0) < GONE ? 0 : GONE);

/** At lower offsets, without the records that expired. */
const mirrored = (): RecordedRecord[] =>
  recorded.flatMap((record) => {
    const gone = goneOf(`${record.topic}/${record.partition}`);
    return record.offset < gone ? [] : [{ ...record, offset: record.offset - gone }];
  });

const elsewhere = (): Rig => new Rig(mirrored(), { rules, shapedBy: recorded });

const places = (): Promise<Offsets> =>
  Promise.resolve(new Map([...progress.offsets].map(([partition, offset]) => [partition, offset - goneOf(partition)])));

async function* kept(): AsyncIterable<Cell> {
  for (const [hash, fields] of from.stored())
    for (const [field, value] of fields) yield await Promise.resolve({ hash, field, value });
}

const portsOf = (rig: Rig, more: Partial<MovePorts> = {}): MovePorts => ({
  ...{ sink: rig.ports().sink, ground: { topics: () => Promise.resolve(new Map()) }, rules: rules.rules, places },
  ...{ qualifier: null, topics: rig.settings().topics, acceptedNames: new Set<string>(), tell: () => undefined },
  ...more,
});

const moved = (ports: MovePorts, what: Moved, recordsMax?: number): Promise<MovedIn> =>
  moveIn([{ ports, kept: what, cells: kept() }], recordsMax);

async function expectTheRest(to: Rig): Promise<void> {
  expect(await to.live()).toEqual({ kind: 'drained' });
  const whole = new Rig(recorded, { rules });
  await whole.live();
  const events = (rig: Rig, order: string) => rig.eventsOf(order);
  const orders = [...new Set(whole.published().map(({ key }) => key))];
  expect(orders.length).toBeGreaterThan(1);
  for (const order of orders) expect([...events(from, order), ...events(to, order)]).toEqual(events(whole, order));
}

const AGAIN = expect.stringContaining('`dragoman state move-in` was broken off: then run it again') as string;

describe('a pipeline that is moved', () => {
  it('publishes what is left, once, and numbers go on', async () => {
    const to = elsewhere();
    const { cells, leftovers } = await moved(portsOf(to), { progress, footprint });
    expect(cells).toBe([...from.stored().values()].reduce((sum, { size }) => sum + size, 0));
    expect(leftovers).toBe(0);
    await expectTheRest(to);
    expect(to.eventsOf(to.published()[0]!.key).length).toBeGreaterThan(0);
  });

  it('read from the first record on, nothing that was decided is decided again: positions tell', async () => {
    const to = elsewhere();
    const first = (): Promise<Offsets> =>
      Promise.resolve(new Map([...progress.offsets.keys()].map((partition) => [partition, 0])));
    await moved(portsOf(to, { places: first }), { progress, footprint });
    await expectTheRest(to);
  });

  it('begins its journal anew: nothing names offsets of the former one', async () => {
    const to = elsewhere();
    await moved(portsOf(to), { progress, footprint });
    expect([...from.states().values()].some(({ journal }) => journal !== undefined)).toBe(true);
    expect([...to.states().values()].every(({ journal }) => journal === undefined)).toBe(true);
    await to.live();
    const entries = new Map<string, number>();
    for (const { aggregate, id, previous } of to.journal()) {
      const before = entries.get(`${aggregate}:${id}`) ?? 0;
      expect(previous).toHaveLength(Math.min(before, 16));
      entries.set(`${aggregate}:${id}`, before + 1);
    }
    expect(entries.size).toBeGreaterThan(0);
  });

  it('has the frontiers, the clock and the names of before, and the cluster and offsets of now', async () => {
    const to = elsewhere();
    const resolved = [{ source: 'legacy', transaction: '9:9', how: 'release' }] as const;
    const commands = { next: 7, resolved };
    await moved(portsOf(to), { progress: { ...progress, commands }, footprint });
    const found = await opened(to).then((sink) => sink.progress());
    const { frontiers, clock, digest } = progress;
    expect(decodeProgress(found!.progress)).toMatchObject({
      ...{ commit: 1, frontiers, clock, digest, commands: { next: null, resolved }, offsets: await places() },
    });
    expect(decodeFootprint(found!.footprint!).names).toEqual(footprint.names);
  });

  it('broken off at any Kafka transaction nothing counts, and done again it is whole', async () => {
    for (let commits = 0; ; commits += 1) {
      const to = elsewhere();
      let done = 0;
      const { sink } = to.ports();
      const cut = replaced(sink, {
        commit: (commit) => {
          if (done >= commits) return Promise.reject(new Error('the process ended'));
          done += 1;
          return sink.commit(commit);
        },
      });
      const isWhole = await moved(portsOf(to, { sink: cut }), { progress, footprint }, 100).then(
        () => true,
        () => false,
      );
      if (isWhole) break;
      expect(await opened(to).then((other) => other.progress())).toBeNull();
      if (commits === 1) expect(await to.live()).toMatchObject({ code: 'PROGRESS_LOST', text: AGAIN });
      const { leftovers } = await moved(portsOf(to), { progress, footprint }, 100);
      expect(leftovers).toBe(Math.min(commits * 100, leftovers));
      expect(leftovers > 0).toBe(commits > 0);
      expect([...to.stored().keys()].sort()).toEqual([...from.stored().keys()].sort());
      if (commits === 1) await expectTheRest(to);
    }
  });

  it.each([
    ['another qualifier', (): Partial<MovePorts> => ({ qualifier: 'de' }), 'QUALIFIER_CHANGED'],
    [
      'a place that is not found',
      (): Partial<MovePorts> => ({ places: () => Promise.reject(new Error('no place')) }),
      'no place',
    ],
  ])('%s: nothing is written', async (_, more, text) => {
    const to = elsewhere();
    const failed = await moved(portsOf(to, more()), { progress, footprint }).catch((error: unknown) => error);
    expect(failed).toMatchObject(text === 'no place' ? { message: text } : { code: text });
    expect(to.stored().size).toBe(0);
  });

  it('names that the rules do not have any more are refused, unless somebody vouches', async () => {
    const to = elsewhere();
    const names = { ...footprint.names, fact: { ...footprint.names.fact, OrderForgotten: '["order","once"]' } };
    const gone = { progress, footprint: { ...footprint, names } };
    await expect(moved(portsOf(to), gone)).rejects.toMatchObject({ code: 'RULES_RENAMED' });
    expect(to.stored().size).toBe(0);
    await moved(portsOf(to, { acceptedNames: new Set(['OrderForgotten']) }), gone);
  });

  it('a pipeline that has decided something there is not written over', async () => {
    await expect(moved(portsOf(from), { progress, footprint })).rejects.toMatchObject({
      code: 'COMMAND_REFUSED',
    });
  });
});
