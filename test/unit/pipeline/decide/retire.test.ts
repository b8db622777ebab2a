/** The end of an aggregate's life, through the whole pipeline: its rows go, what it published stays known, and it comes back. */
import { describe, expect, it } from 'vitest';
import { originText } from '../../../../src/domain/change-set.js';
import { commandOf } from '../../../support/pipeline/commands.js';
import { Rig } from '../../../support/rig.js';
import {
  hdrRow,
  lineRow,
  readyRules,
  SMALL_SOURCE_MS,
  SmallSource,
  type Spoiled,
  type WrittenRow,
} from '../../../support/sources/ready-orders.js';

const DAY = 24 * 60 * 60 * 1_000;
const FINISHED: Spoiled['retire'] = { when: ({ header }) => header?.sts === 'DONE', after: '90 days' };
const rules = readyRules({ retire: FINISHED });
const update = (row: WrittenRow): WrittenRow => ({ ...row, op: 'u' });
const remove = (row: WrittenRow): WrittenRow => ({ ...row, op: 'd' });

async function run(source: SmallSource, parts: { rules?: typeof rules; nowMs?: number } = {}): Promise<Rig> {
  const rig = new Rig(source.records, { rules, nowMs: SMALL_SOURCE_MS + 1_000 * DAY, ...parts });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  return rig;
}

/** Order 1 is ready, then done; order 2 is there so that time goes by. */
const finished = (): SmallSource =>
  new SmallSource()
    .transaction(hdrRow('1', 'READY'), lineRow('11', '1'))
    .transaction(hdrRow('2', 'OPEN'))
    .transaction(update(hdrRow('1', 'DONE')));
const tick = update(hdrRow('2', 'OPEN', 'tick'));
const outcomes = (rig: Rig, order = '1'): string[] =>
  rig.journal().flatMap(({ id, outcome }) => (id === order ? [outcome] : []));
const ready = (rig: Rig): unknown[] => rig.eventsOf('1').map(({ sequence }) => sequence);
const stateOf = (rig: Rig) => rig.states().get('order:1');

describe('an aggregate that is finished', () => {
  it('keeps its rows while the source’s time is not over', async () => {
    const rig = await run(
      finished()
        .later(90 * DAY - 10_000)
        .transaction(tick),
    );
    expect(outcomes(rig)).toEqual(['applied', 'applied']);
    expect(Object.keys(stateOf(rig)?.rows ?? {})).toEqual(['oms.hdr', 'oms.line']);
    expect(rig.stored().get('~stubs')).toBeUndefined();
  });

  it('is retired before the transaction that moves the clock past its time: a stub stays, and nothing else', async () => {
    const rig = await run(
      finished()
        .later(90 * DAY)
        .transaction(tick),
    );
    expect(outcomes(rig)).toEqual(['applied', 'applied', 'retired']);
    expect(rig.stored().get('order:1')).toBeUndefined();
    expect([...(rig.stored().get('~stubs')?.keys() ?? [])]).toEqual(['order:1']);
    expect(stateOf(rig)).toMatchObject({ rows: {}, isStub: true, fired: { OrderReady: { '': 1 } } });
    expect(ready(rig)).toEqual([1]);
    expect([...rig.stored().keys()].filter((hash) => hash.startsWith('~due:'))).toEqual([]);
    expect([...(rig.stored().get('~rows')?.keys() ?? [])]).toEqual([]);
  });

  it('is in the journal with the rows that were dropped, at the instant when it was due', async () => {
    const rig = await run(
      finished()
        .later(90 * DAY)
        .transaction(tick),
    );
    const done = rig.journal().filter(({ id }) => id === '1');
    const changedMs = done[1]?.origin.commitTimeMs ?? 0;
    expect(done[2]).toMatchObject({
      outcome: 'retired',
      origin: { source: 'timers', position: null, commitTimeMs: changedMs + 90 * DAY },
      rows: [
        { table: 'oms.hdr', key: '1', op: 'retired', was: { id: '1', sts: 'DONE', note: 'n' } },
        { table: 'oms.line', key: '11', op: 'retired', was: { line_id: '11', id: '1', txt: 't' } },
      ],
      verdicts: [],
    });
    expect(done[2]?.events).toBeUndefined();
  });

  it('has a stub of few characters', async () => {
    const rig = await run(
      finished()
        .later(90 * DAY)
        .transaction(tick),
    );
    expect(rig.stored().get('~stubs')?.get('order:1')?.length).toBeLessThan(80);
  });

  it('is retired when a transaction of tables that nobody reads moves the clock past its time', async () => {
    const rig = await run(
      finished()
        .later(90 * DAY)
        .transaction({ table: 'heartbeat', key: '1', op: 'u', row: { id: 1 } }),
    );
    expect(outcomes(rig)).toEqual(['applied', 'applied', 'retired']);
  });

  it('begins anew when it changes, and is not retired when it is finished no more', async () => {
    const changed = await run(
      finished()
        .later(60 * DAY)
        .transaction(update(hdrRow('1', 'DONE', 'more')))
        .later(60 * DAY)
        .transaction(tick),
    );
    expect(outcomes(changed)).toEqual(['applied', 'applied', 'applied']);
    const open = await run(
      finished()
        .later(60 * DAY)
        .transaction(update(hdrRow('1', 'OPEN')))
        .later(100 * DAY)
        .transaction(tick),
    );
    expect(outcomes(open)).toEqual(['applied', 'applied', 'applied']);
    expect(stateOf(open)?.timers).toBeUndefined();
  });

  it('without `retire` keeps everything for ever', async () => {
    const rig = await run(
      finished()
        .later(900 * DAY)
        .transaction(tick),
      { rules: readyRules() },
    );
    expect(outcomes(rig)).toEqual(['applied', 'applied']);
  });

  it('waits while the source’s clock is an hour over the broker’s, and somebody is told', async () => {
    const rig = await run(
      finished()
        .later(90 * DAY)
        .transaction(tick),
      { nowMs: SMALL_SOURCE_MS + DAY },
    );
    expect(outcomes(rig)).toEqual(['applied', 'applied']);
    const refused = rig.told.filter((event) => event.kind === 'clockRefused');
    expect(refused).toMatchObject([{ source: 'legacy', brokerMs: SMALL_SOURCE_MS + DAY }]);
  });

  it('given up behind what could not be applied leaves nothing behind', async () => {
    const throwing = readyRules({
      retire: FINISHED,
      data: () => {
        throw new TypeError('spoiled');
      },
    });
    const orders = new SmallSource()
      .transaction(hdrRow('1', 'OPEN'))
      .transaction(hdrRow('2', 'OPEN'))
      .transaction(update(hdrRow('1', 'DONE')))
      .later(80 * DAY)
      .transaction(update(hdrRow('1', 'READY')))
      .later(20 * DAY)
      .transaction(tick);
    const rig = await run(orders, { rules: throwing });
    const waiting = stateOf(rig)?.parked?.waiting ?? [];
    expect(waiting.map(({ kind }) => kind)).toEqual(['transaction', 'timer']);
    const first = originText(waiting[0]!.origin);
    rig.command(
      commandOf({ kind: 'parked.discard', arguments: { aggregate: 'order', id: '1', first, changeSets: 2 } }),
    );
    await rig.live();
    expect(outcomes(rig).slice(-2)).toEqual(['discarded', 'discarded']);
    expect(stateOf(rig)).toMatchObject({ parked: null, rows: { 'oms.hdr': { 1: { sts: 'READY' } } } });
    for (const mark of ['snapshots', 'timers']) expect(stateOf(rig)).not.toHaveProperty(mark);
  });

  it('parks when its condition throws, and is never dropped then', async () => {
    const throwing = readyRules({
      retire: {
        ...{ after: '90 days' },
        when: ({ header }) => {
          if (header?.sts === 'DONE') throw new TypeError('spoiled');
          return false;
        },
      },
    });
    const rig = await run(
      finished()
        .later(90 * DAY)
        .transaction(tick),
      { rules: throwing },
    );
    expect(outcomes(rig)).toEqual(['applied', 'parked']);
    expect(rig.parked()).toEqual({ 'order:1': 'RULE_THREW' });
  });
});

describe('a retired aggregate', () => {
  const retired = (): SmallSource =>
    finished()
      .later(90 * DAY)
      .transaction(tick);

  it('comes back with the rows that are told, and publishes nothing again', async () => {
    const rig = await run(retired().transaction(update(hdrRow('1', 'READY'))));
    expect(outcomes(rig)).toEqual(['applied', 'applied', 'retired', 'applied']);
    expect(stateOf(rig)).toMatchObject({
      rows: { 'oms.hdr': { '1': { sts: 'READY' } } },
      fired: { OrderReady: { '': 1 } },
      sequences: { 'OrderReady.v1': 1 },
      forgotten: ['oms.line'],
    });
    expect(stateOf(rig)?.isStub).toBeUndefined();
    expect(rig.stored().get('~stubs')).toBeUndefined();
    expect(ready(rig)).toEqual([1]);
  });

  it('knows nothing of its tables: a fact that reads one is unknown, and the journal says so', async () => {
    const when: Spoiled['when'] = ({ header, lines }) => header?.sts === 'READY' && lines.length === 0;
    const never = readyRules({ retire: FINISHED, when });
    const rig = await run(retired().transaction(update(hdrRow('1', 'READY'))), { rules: never });
    expect(rig.journal().findLast(({ id }) => id === '1')?.verdicts).toEqual([
      { fact: 'OrderReady', verdict: 'unmet', occurrence: '', unmet: [], unknown: ['status is READY'] },
    ]);
    expect(ready(rig)).toEqual([]);
    const later = await run(
      retired()
        .transaction(update(hdrRow('1', 'READY')))
        .transaction(update(hdrRow('1', 'READY', 'again'))),
      { rules: never },
    );
    expect(ready(later)).toEqual([]);
  });

  it('is retired again, from its new last change', async () => {
    const rig = await run(
      retired()
        .transaction(update(hdrRow('1', 'DONE', 'late')))
        .later(90 * DAY)
        .transaction(tick),
    );
    expect(outcomes(rig)).toEqual(['applied', 'applied', 'retired', 'applied', 'retired']);
    expect(stateOf(rig)).toMatchObject({ isStub: true, fired: { OrderReady: { '': 1 } } });
  });

  it('stays a stub when a legacy archive deletes its rows; one whose order nobody knows any more is counted', async () => {
    const rig = await run(retired().transaction(remove(lineRow('11', '1')), remove(hdrRow('1', 'DONE'))));
    expect(outcomes(rig)).toEqual(['applied', 'applied', 'retired', 'applied']);
    expect(rig.told.filter(({ kind }) => kind === 'orphan')).toEqual([{ kind: 'orphan', table: 'oms.line' }]);
    expect(stateOf(rig)).toMatchObject({ isStub: true, rows: {}, fired: { OrderReady: { '': 1 } } });
    expect(rig.stored().get('order:1')).toBeUndefined();
  });

  it('is there after Redis was lost', async () => {
    const source = retired();
    const rig = await run(source);
    rig.store.clear();
    rig.play(source.transaction(update(hdrRow('1', 'READY'))).records.slice(-3));
    expect(await rig.live()).toEqual({ kind: 'drained' });
    expect(ready(rig)).toEqual([1]);
    expect(stateOf(rig)).toMatchObject({ fired: { OrderReady: { '': 1 } }, forgotten: ['oms.line'] });
  });
});
