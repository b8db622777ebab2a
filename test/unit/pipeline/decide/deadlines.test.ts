/** What is expected within a time, through the whole pipeline: it is told at the instant when it is overdue, once, and not when it is met. */
import { describe, expect, it } from 'vitest';
import { originText } from '../../../../src/domain/change-set.js';
import type { DeadlineTold } from '../../../../src/domain/state/journal-entry.js';
import { PAST } from '../../../../src/pipeline/timers/due-hours.js';
import { commandOf } from '../../../support/pipeline/commands.js';
import { Rig } from '../../../support/rig.js';
import { type Awaited, awaitedRules, HOUR, MINUTE } from '../../../support/sources/awaited-orders.js';
import { hdrRow, SMALL_SOURCE_MS, SmallSource, type WrittenRow } from '../../../support/sources/ready-orders.js';

const update = (row: WrittenRow): WrittenRow => ({ ...row, op: 'u' });
const remove = (row: WrittenRow): WrittenRow => ({ ...row, op: 'd' });
/** Time goes by with it, and nothing happens to an order. */
const tick: WrittenRow = { table: 'heartbeat', key: '1', op: 'u', row: { id: 1 } };

async function run(source: SmallSource, rules: Awaited = {}): Promise<Rig> {
  const rig = new Rig(source.records, { rules: awaitedRules(rules), nowMs: SMALL_SOURCE_MS + 10_000 * HOUR });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  return rig;
}

const open = (): SmallSource => new SmallSource().transaction(hdrRow('1', 'OPEN'));

const entries = (rig: Rig) => rig.journal().filter(({ id }) => id === '1');
const told = (rig: Rig): DeadlineTold['became'][] =>
  entries(rig).flatMap(({ deadlines = [] }) => deadlines.map(({ became }) => became));
const events = (rig: Rig): unknown[] => rig.eventsOf('1').map(({ eventType }) => eventType);
const stateOf = (rig: Rig) => rig.states().get('order:1');
const dueOf = (rig: Rig, ms = 4 * HOUR): string =>
  new Date((entries(rig)[0]?.origin.commitTimeMs ?? 0) + ms).toISOString();

describe('a fact that is expected', () => {
  it('is awaited from the transaction that first tells of its aggregate, and the journal says until when', async () => {
    const rig = await run(
      open()
        .later(4 * HOUR - 10_000)
        .transaction(tick),
    );
    expect(entries(rig)).toMatchObject([
      { outcome: 'applied', deadlines: [{ fact: 'OrderReady', dueAt: dueOf(rig), became: 'awaited' }] },
    ]);
    expect(stateOf(rig)?.timers).toEqual({ 'expected:OrderReady': Date.parse(dueOf(rig)) });
    expect(events(rig)).toEqual([]);
  });

  it('is overdue before the transaction that moves the clock past its time: at that instant, with what was missing', async () => {
    const rig = await run(
      open()
        .later(4 * HOUR)
        .transaction(tick),
    );
    expect(rig.eventsOf('1')).toMatchObject([
      {
        eventType: 'OrderReadyOverdue',
        occurredAt: dueOf(rig),
        sequence: 1,
        causationId: `timers:expected:OrderReady:${dueOf(rig)}`,
        status: 'OPEN',
        missing: 'status is READY',
      },
    ]);
    expect(entries(rig)[1]).toMatchObject({
      outcome: 'overdue',
      origin: { source: 'timers', position: null, commitTimeMs: Date.parse(dueOf(rig)) },
      rows: [],
      verdicts: [{ fact: 'OrderReadyOverdue', verdict: 'fired', occurrence: dueOf(rig) }],
      deadlines: [
        { fact: 'OrderReady', dueAt: dueOf(rig), became: 'overdue', unmet: ['status is READY'], unknown: [] },
      ],
    });
    expect(stateOf(rig)).toMatchObject({ overdue: { 'expected:OrderReady': Date.parse(dueOf(rig)) } });
    expect(stateOf(rig)?.timers).toBeUndefined();
    expect([...(rig.stored().get(PAST) ?? [])]).toEqual([
      ['order:1\texpected:OrderReady', String(Date.parse(dueOf(rig)))],
    ]);
    expect(rig.told.filter(({ kind }) => kind === 'overdue')).toEqual([
      { kind: 'overdue', fact: 'OrderReady', dueMs: expect.any(Number) as number, more: 1 },
    ]);
  });

  it('is met in time: its timer goes, and nothing is told', async () => {
    const rig = await run(
      open()
        .later(4 * HOUR - MINUTE)
        .transaction(update(hdrRow('1', 'READY')))
        .later(HOUR)
        .transaction(tick),
    );
    expect(told(rig)).toEqual(['awaited', 'met']);
    expect(events(rig)).toEqual(['OrderReady']);
    expect(stateOf(rig)?.timers).toBeUndefined();
    expect([...rig.stored().keys()].filter((hash) => hash.startsWith('~due:'))).toEqual([]);
  });

  it('is not awaited when the first transaction has it already', async () => {
    const rig = await run(
      new SmallSource()
        .transaction(hdrRow('1', 'READY'))
        .later(5 * HOUR)
        .transaction(tick),
    );
    expect(told(rig)).toEqual([]);
    expect(events(rig)).toEqual(['OrderReady']);
  });

  it('comes late: both are told in their order, and it is overdue no more', async () => {
    const rig = await run(
      open()
        .later(5 * HOUR)
        .transaction(update(hdrRow('1', 'READY')))
        .later(50 * HOUR)
        .transaction(tick),
    );
    expect(told(rig)).toEqual(['awaited', 'overdue', 'late']);
    expect(rig.eventsOf('1').map(({ eventType, sequence }) => [eventType, sequence])).toEqual([
      ['OrderReadyOverdue', 1],
      ['OrderReady', 1],
    ]);
    expect(stateOf(rig)?.overdue).toBeUndefined();
    expect(rig.stored().get(PAST)?.size ?? 0).toBe(0);
  });

  it('is overdue once, whatever changes afterwards', async () => {
    const rig = await run(
      open()
        .later(5 * HOUR)
        .transaction(update(hdrRow('1', 'OPEN', 'a')))
        .later(50 * HOUR)
        .transaction(update(hdrRow('1', 'OPEN', 'b')))
        .later(50 * HOUR)
        .transaction(tick),
    );
    expect(told(rig)).toEqual(['awaited', 'overdue']);
    expect(events(rig)).toEqual(['OrderReadyOverdue']);
  });

  it('is expected no more where a condition of unless holds when it is due, and anew with the next change', async () => {
    const cancelled = open()
      .later(HOUR)
      .transaction(update(hdrRow('1', 'CANCELLED')))
      .later(5 * HOUR)
      .transaction(tick);
    const rig = await run(cancelled);
    expect(entries(rig).at(-1)).toMatchObject({
      outcome: 'timer',
      deadlines: [{ became: 'excused', by: ['it is cancelled'], unknown: [] }],
    });
    expect(events(rig)).toEqual([]);
    for (const mark of ['timers', 'overdue']) expect(stateOf(rig)).not.toHaveProperty(mark);
    const revived = await run(
      cancelled
        .transaction(update(hdrRow('1', 'OPEN')))
        .later(5 * HOUR)
        .transaction(tick),
    );
    expect(told(revived)).toEqual(['awaited', 'excused', 'awaited', 'overdue']);
    expect(events(revived)).toEqual(['OrderReadyOverdue']);
  });

  it('counts from the fact after which it is expected, and not before', async () => {
    const rig = await run(
      open()
        .later(5 * HOUR)
        .transaction(update(hdrRow('1', 'OPEN', 'noted')))
        .later(4 * HOUR)
        .transaction(tick),
      { after: 'noted' },
    );
    expect(told(rig)).toEqual(['awaited', 'overdue']);
    const [, noted, overdue] = entries(rig);
    expect(overdue?.origin.commitTimeMs).toBe((noted?.origin.commitTimeMs ?? 0) + 4 * HOUR);
  });

  it('is not waited for when the order is gone', async () => {
    const rig = await run(
      open()
        .later(HOUR)
        .transaction(remove(hdrRow('1', 'OPEN')))
        .later(5 * HOUR)
        .transaction(tick),
    );
    expect(told(rig)).toEqual(['awaited', 'dropped']);
    expect(stateOf(rig)?.timers).toBeUndefined();
    expect(events(rig)).toEqual([]);
  });

  it('keeps its timer when it changes, and has it beside that of retiring', async () => {
    const rig = await run(
      open()
        .later(HOUR)
        .transaction(update(hdrRow('1', 'DONE')))
        .later(5 * HOUR)
        .transaction(tick)
        .later(24 * HOUR)
        .transaction(tick),
      { retire: { when: ({ header }) => header?.sts === 'DONE', after: '1 day' } },
    );
    expect(entries(rig).map(({ outcome }) => outcome)).toEqual(['applied', 'applied', 'overdue', 'retired']);
    expect(entries(rig)[2]?.origin.commitTimeMs).toBe(Date.parse(dueOf(rig)));
    expect(stateOf(rig)).toMatchObject({ isStub: true });
    expect(rig.stored().get(PAST)?.size ?? 0).toBe(0);
  });

  it('parks its order when unless throws, or what it carries: decided when it is taken up', async () => {
    for (const spoiled of ['unless', 'data'] as const) {
      const rig = await run(
        open()
          .later(4 * HOUR)
          .transaction(tick),
        {
          [spoiled]: () => {
            throw new TypeError('spoiled');
          },
        },
      );
      expect(rig.parked(), spoiled).toEqual({ 'order:1': 'RULE_THREW' });
      expect(events(rig)).toEqual([]);
      expect(stateOf(rig)).toMatchObject({ overdue: { 'expected:OrderReady': Date.parse(dueOf(rig)) } });
      const { waiting = [] } = stateOf(rig)?.parked ?? {};
      expect(waiting.map(({ kind }) => kind)).toEqual(['timer']);
      const later = rig.settings('mended');
      rig.command(commandOf({ kind: 'unpark', arguments: { aggregate: 'order', id: '1' } }));
      await rig.live(rig.ports(), { ...later, rules: awaitedRules().rules });
      expect(events(rig), spoiled).toEqual(['OrderReadyOverdue']);
      expect(rig.eventsOf('1')[0]).toMatchObject({ occurredAt: dueOf(rig) });
    }
  });
});

describe('an order that is parked when something is due', () => {
  /** Parked by its second transaction, which is before its time; what is after `due` comes later. */
  const parked = (status: string): SmallSource =>
    open()
      .later(HOUR)
      .transaction(update(hdrRow('1', status, 'spoiled')))
      .later(4 * HOUR)
      .transaction(tick);
  const spoiling: Awaited = {
    ready: ({ header }) => {
      if (header?.note === 'spoiled') throw new TypeError('spoiled');
      return header?.sts === 'READY';
    },
  };
  const takenUp = async (status: string): Promise<Rig> => {
    const rig = await run(parked(status), spoiling);
    expect(stateOf(rig)?.parked?.waiting.map(({ kind }) => kind)).toEqual(['transaction', 'timer']);
    expect(events(rig)).toEqual([]);
    rig.command(commandOf({ kind: 'unpark', arguments: { aggregate: 'order', id: '1' } }));
    await rig.live(rig.ports(), { ...rig.settings('mended'), rules: awaitedRules().rules });
    return rig;
  };

  it('waits with it: what comes before it may meet it in time', async () => {
    const rig = await takenUp('READY');
    expect(events(rig)).toEqual(['OrderReady']);
    expect(told(rig)).toEqual(['awaited', 'met']);
    for (const mark of ['timers', 'overdue']) expect(stateOf(rig)).not.toHaveProperty(mark);
  });

  it('is overdue at its instant when nothing did', async () => {
    const rig = await takenUp('OPEN');
    expect(rig.eventsOf('1')).toMatchObject([{ eventType: 'OrderReadyOverdue', occurredAt: dueOf(rig) }]);
    expect(told(rig)).toEqual(['awaited', 'overdue']);
    expect(stateOf(rig)?.timers).toBeUndefined();
  });

  it('given up is withheld, and says so', async () => {
    const rig = await run(parked('OPEN'), spoiling);
    const [first] = stateOf(rig)?.parked?.waiting ?? [];
    const named = originText(first!.origin);
    rig.command(
      commandOf({ kind: 'parked.discard', arguments: { aggregate: 'order', id: '1', first: named, changeSets: 2 } }),
    );
    await rig.live();
    expect(events(rig)).toEqual([]);
    expect(entries(rig).at(-1)).toMatchObject({
      outcome: 'discarded',
      verdicts: [
        { fact: 'OrderReadyOverdue', verdict: 'withheld', occurrence: dueOf(rig), contract: 'OrderReadyOverdue' },
      ],
    });
    expect(stateOf(rig)).toMatchObject({ overdue: { 'expected:OrderReady': Date.parse(dueOf(rig)) } });
  });
});

describe('rules that change', () => {
  const tail = (source: SmallSource, count: number) => source.records.slice(-count);

  it('wait for orders that are there already from their next change on', async () => {
    const source = open();
    const rig = await run(source, { isAwaited: false });
    source.later(HOUR).transaction(update(hdrRow('1', 'OPEN', 'a')));
    rig.play(tail(source, 3));
    source.later(4 * HOUR).transaction(tick);
    rig.play(tail(source, 3));
    await rig.live(rig.ports(), { ...rig.settings('new'), rules: awaitedRules().rules });
    expect(told(rig)).toEqual(['awaited', 'overdue']);
    const [, changed, overdue] = entries(rig);
    expect(overdue?.origin.commitTimeMs).toBe((changed?.origin.commitTimeMs ?? 0) + 4 * HOUR);
  });

  it('with another time leave what is awaited as it was', async () => {
    const source = open();
    const rig = await run(source);
    source.later(HOUR).transaction(update(hdrRow('1', 'OPEN', 'a')));
    rig.play(tail(source, 3));
    source.later(4 * HOUR).transaction(tick);
    rig.play(tail(source, 3));
    await rig.live(rig.ports(), { ...rig.settings('new'), rules: awaitedRules({ within: '2 hours' }).rules });
    expect(rig.eventsOf('1')).toMatchObject([{ occurredAt: dueOf(rig) }]);
  });
});
