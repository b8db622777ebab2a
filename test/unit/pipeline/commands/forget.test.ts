/**
 * `forget` through the whole pipeline in memory (SPEC T18, decision 0020): what an aggregate is goes, and its key with it; what it published
 * stays known, so nothing is published again, whatever is told of it later and whatever ends or fails meanwhile.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Sink } from '../../../../src/pipeline/ports.js';
import { journalEntry } from '../../../../src/pipeline/state/journal-entries.js';
import { without } from '../../../../src/translate/own.js';
import { commandOf, outcomes, results, unparkOf } from '../../../support/pipeline/commands.js';
import { clearing, FAULTS, NO_FAULT, withFault } from '../../../support/pipeline/faults.js';
import { replaced } from '../../../support/replaced.js';
import { ProcessEnded, Rig } from '../../../support/rig.js';
import {
  hdrRow,
  lineRow,
  readyRules,
  SMALL_SOURCE_MS,
  SmallSource,
  type Spoiled,
  type WrittenRow,
} from '../../../support/sources/ready-orders.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

const DAY = 24 * 60 * 60 * 1_000;
const PRIVATE = /Ada Lovelace|Baker Street/;
const update = (row: WrittenRow): WrittenRow => ({ ...row, op: 'u' });
const forgetOf = (id: string, aggregate = 'order') => commandOf({ kind: 'forget', arguments: { aggregate, id } });

waitsTakeNoTime();

/** Order 1 was ready, with a line; order 2 is another one. */
const source = (): SmallSource =>
  new SmallSource()
    .transaction(hdrRow('1', 'READY', 'Ada Lovelace'), lineRow('11', '1'), lineRow('12', '1'))
    .transaction(hdrRow('2', 'READY', 'n'), lineRow('21', '2'));
/** Whatever may be told of order 1 afterwards. */
const later = (to: SmallSource): SmallSource =>
  to
    .transaction(update(hdrRow('1', 'OPEN', 'Baker Street')), lineRow('13', '1'))
    .transaction(update(hdrRow('1', 'READY', 'Baker Street')))
    .transaction({ ...lineRow('11', '1'), op: 'd' })
    .transaction(update(lineRow('12', '2')))
    .transaction(update(hdrRow('2', 'OPEN', 'm')));

interface Parts {
  readonly spoiled?: Spoiled;
  readonly countMax?: number;
  readonly transactionsMax?: number;
}

function rigOf({ records }: SmallSource, { spoiled = {}, countMax = 200, transactionsMax = 100 }: Parts = {}): Rig {
  const rules = readyRules({ isPersonal: true, ...spoiled });
  const { translate } = new Rig([], { rules }).settings();
  const limits = { transactionsMax, rowsMax: 1_000, changeSetsMax: 100 };
  const settings = { limits, translate: { ...translate, parts: { countMax, bytesMax: 1_000_000 } } };
  return new Rig(records, { rules, settings, nowMs: SMALL_SOURCE_MS + 100 * DAY });
}

const live = async (rig: Rig): Promise<void> => expect(await rig.live()).toEqual({ kind: 'drained' });

/** The newest record of each cell, what is not a tombstone: what compaction leaves. */
const cells = (rig: Rig): string[] =>
  [...rig.stored()].flatMap(([hash, fields]) => [...fields].map(([field, text]) => `${hash} ${field} ${text}`));
const recordsOf = (rig: Rig, topic: string): string[] =>
  rig.log.partitionsOf(topic).flatMap((name) => rig.log.records(name).map(({ value }) => value ?? ''));
/** All of it: nothing is ever compacted there. */
const journalOf = (rig: Rig): string[] => recordsOf(rig, rig.settings().topics.journal);

/** Plays what is new in a source. */
function goOn(rig: Rig, before: SmallSource, more: (to: SmallSource) => SmallSource): void {
  const known = before.records.length;
  rig.play(more(before).records.slice(known));
}

const of1 = (text: string): boolean => /^~?(rows|parked|queue:)?:?.*order:1\b/.test(text);

describe('forget', () => {
  it('leaves a stub, and nothing that can be read', async () => {
    const rig = rigOf(source());
    await live(rig);
    const published = rig.published();
    expect(cells(rig).filter(of1)).toHaveLength(7);
    rig.command(forgetOf('1'));
    await live(rig);
    expect(outcomes(rig)).toMatchObject([
      {
        result: 'applied',
        text: '3 rows and 0 waiting change sets were forgotten; what it published is remembered by number.',
      },
    ]);
    expect(cells(rig).filter(of1)).toEqual([
      expect.stringMatching(/^~stubs order:1 \[.*,null,true,\["[0-9a-f-]+","applied","3 rows .*"\]\]$/),
    ]);
    expect([...cells(rig), ...journalOf(rig)].join('\n')).not.toMatch(PRIVATE);
    const entries = journalOf(rig).map((text) => journalEntry(text));
    const told = entries.filter(({ id }) => id === '1');
    expect(told.map(({ outcome, isSealed }) => [outcome, isSealed])).toEqual([
      ['applied', true],
      ['command', true],
      ['forgotten', undefined],
    ]);
    expect(told[1]?.command).toMatchObject({ kind: 'forget', result: 'applied', by: 'ada' });
    expect(told[2]).toMatchObject({ rows: [], previous: told.slice(0, 2).map(() => expect.any(Number) as number) });
    expect(rig.published()).toEqual(published);
    expect(rig.states().get('order:2')?.rows['oms.hdr']?.['2']).toMatchObject({ note: 'n' });
  });

  it('drops what is told of it later, counts it, and publishes nothing again', async () => {
    const orders = source();
    const rig = rigOf(orders);
    await live(rig);
    rig.command(forgetOf('1'));
    await live(rig);
    const [published, entries, before] = [rig.eventsOf('1'), journalOf(rig).length, cells(rig).filter(of1)];
    goOn(rig, orders, later);
    await live(rig);
    const dropped = rig.told.flatMap((event) =>
      event.kind === 'decided' && event.entry.outcome === 'dropped' ? [event] : [],
    );
    expect(dropped).toHaveLength(2);
    expect(rig.eventsOf('1')).toEqual(published);
    expect(journalOf(rig)).toHaveLength(entries + 2);
    expect(cells(rig).filter(of1)).toHaveLength(before.length);
    expect(rig.states().get('order:1')).toMatchObject({ isErased: true, rows: {}, fired: { OrderReady: { '': 1 } } });
    expect([...cells(rig), ...journalOf(rig)].join('\n')).not.toMatch(PRIVATE);
    // Its row came to order 2 by itself, as one that nobody knew.
    expect(Object.keys(rig.states().get('order:2')?.rows['oms.line'] ?? {}).sort()).toEqual(['12', '21']);
  });

  it('drops the same wherever a draft ends, and what comes out of it belongs to the order that it came to', async () => {
    const told = async (transactionsMax: number): Promise<unknown> => {
      const orders = source();
      const rig = rigOf(orders, { transactionsMax });
      await live(rig);
      rig.command(forgetOf('1'));
      await live(rig);
      goOn(rig, orders, (to) =>
        to
          .transaction(lineRow('13', '1'), lineRow('14', '1'), lineRow('15', '1'))
          .transaction(update(lineRow('13', '2')))
          .transaction(update(hdrRow('2', 'OPEN')), update(lineRow('14', '2')))
          .transaction({ ...lineRow('14', '2'), op: 'd' })
          .transaction({ ...lineRow('15', '1'), op: 'd' })
          .transaction(lineRow('15', '2')),
      );
      await live(rig);
      const orphans = rig.told.filter(({ kind }) => kind === 'orphan').length;
      const index = [...(rig.stored().get('~rows') ?? [])].sort();
      const lines = Object.keys(rig.states().get('order:2')?.rows['oms.line'] ?? {}).sort();
      const outcomesOf = (order: string): string[] =>
        rig
          .journal()
          .flatMap(({ id, outcome, rows }) =>
            id === order ? [`${outcome} ${rows.map(({ key, op }) => `${op}${key}`).join()}`] : [],
          );
      return { orphans, index, lines, journal: { 1: outcomesOf('1').length, 2: outcomesOf('2') } };
    };
    const alone = await told(1);
    expect(alone).toMatchObject({
      orphans: 1,
      index: ['13', '15', '21'].map((key) => [`oms.line:order:${key}`, 'order:2']),
      lines: ['13', '15', '21'],
    });
    expect(await told(50)).toEqual(alone);
  });

  it('takes along what waits, in parts, and the word that it is parked', async () => {
    let isBroken = true;
    const spoiled: Spoiled = {
      data: ({ header }) => {
        if (isBroken) throw new Error('a mistake');
        return { note: header?.note ?? '' };
      },
    };
    const orders = source();
    for (let i = 0; i < 7; i += 1)
      orders.transaction(update(hdrRow('1', 'OPEN', `Baker Street ${i}`)), lineRow(`3${i}`, '1'));
    const rig = rigOf(orders, { spoiled, countMax: 2 });
    await live(rig);
    expect(rig.stored().get('~queue:order:1')?.size).toBe(8);
    isBroken = false;
    rig.command(forgetOf('1'));
    await live(rig);
    expect(results(rig)).toEqual(['applied']);
    expect(outcomes(rig)[0]?.text).toMatch(/^0 rows and 8 waiting change sets were forgotten/);
    expect(rig.told.filter(({ kind }) => kind === 'unparked')).toHaveLength(1);
    expect(cells(rig).filter(of1)).toEqual([expect.stringMatching(/^~stubs order:1/)]);
    expect(rig.parked()).toEqual({ 'order:2': 'RULE_THREW' });
    expect([...cells(rig), ...journalOf(rig), JSON.stringify(rig.deadLetters())].join('\n')).not.toMatch(PRIVATE);
    expect(rig.eventsOf('1')).toEqual([]);
  });

  it('leaves alone the place of a row that came to another order while it waited', async () => {
    let isBroken = true;
    const when: Spoiled['when'] = ({ header }) => {
      if (isBroken && header?.id === '1') throw new Error('a mistake');
      return false;
    };
    const orders = source()
      .transaction(lineRow('14', '1'))
      .transaction(update(lineRow('14', '2')));
    const rig = rigOf(orders, { spoiled: { when }, countMax: 1 });
    await live(rig);
    expect(rig.parked()).toMatchObject({ 'order:1': 'RULE_THREW' });
    const ownerOf14 = (): string | undefined => rig.stored().get('~rows')?.get('oms.line:order:14');
    const owner = ownerOf14();
    expect(owner).toBe('order:2');
    isBroken = false;
    rig.command(forgetOf('1'));
    await live(rig);
    expect(rig.states().get('order:1')).toMatchObject({ isErased: true });
    expect(ownerOf14()).toBe(owner);
    expect([...(rig.stored().get('~rows')?.values() ?? [])]).not.toContain('order:1');
  });

  it('leaves no place of a row behind when it comes in the middle of a transaction that is decided in parts', async () => {
    const orders = new SmallSource().transaction(
      ...[hdrRow('1', 'READY'), lineRow('11', '1'), hdrRow('2', 'READY'), lineRow('21', '2')],
    );
    const limits = { transactionsMax: 10, rowsMax: 10_000, changeSetsMax: 1 };
    const rig = new Rig(orders.records, { rules: readyRules(), settings: { limits } });
    const { sink } = rig.ports();
    let commits = 0;
    const once: Sink['commit'] = (commit) => {
      if ((commits += 1) > 1) throw new ProcessEnded('between the two parts');
      return sink.commit(commit);
    };
    expect(await rig.live({ ...rig.ports(), sink: replaced(sink, { commit: once }) })).toEqual({ kind: 'crashed' });
    const places = (): unknown => Object.fromEntries(rig.stored().get('~rows') ?? []);
    expect(places()).toEqual({ 'oms.line:order:11': 'order:1' });
    rig.command(forgetOf('1'));
    await live(rig);
    expect(results(rig)).toEqual(['applied']);
    expect(rig.states().get('order:1')).toMatchObject({ isErased: true });
    expect(places()).toEqual({ 'oms.line:order:21': 'order:2' });
  });

  it('forgets one that is retired, whose journal has what was dropped', async () => {
    const orders = source();
    const rig = rigOf(orders, {
      spoiled: { retire: { when: ({ header }) => header?.sts === 'DONE', after: '1 day' } },
    });
    goOn(rig, orders, (to) =>
      to
        .transaction(update(hdrRow('1', 'DONE', 'Ada Lovelace')))
        .later(2 * DAY)
        .transaction(update(hdrRow('2', 'OPEN'))),
    );
    await live(rig);
    expect(rig.states().get('order:1')).toMatchObject({ isStub: true, sealKey: expect.any(String) as string });
    rig.command(forgetOf('1'));
    await live(rig);
    expect(rig.states().get('order:1')).toMatchObject({ isErased: true });
    expect(rig.states().get('order:1')?.sealKey).toBeUndefined();
    expect(journalOf(rig).join('\n')).not.toMatch(PRIVATE);
  });

  it.each([
    ['one that nobody heard of', () => [forgetOf('99')], /^No order 99 is known\.$/],
    ['one of no rule', () => [forgetOf('1', 'invoice')], /^No invoice 1 is known\.$/],
    ['one that is forgotten', () => [forgetOf('1'), forgetOf('1')], /^order 1 is forgotten already\.$/],
  ])('refuses %s', async (_, commands, text) => {
    const rig = rigOf(source());
    await live(rig);
    for (const command of commands()) rig.command(command);
    await live(rig);
    expect(results(rig).at(-1)).toBe('refused');
    expect(outcomes(rig).at(-1)?.text).toMatch(text);
  });

  it('means the key as it is, with its blanks, and no other', async () => {
    const rig = rigOf(source());
    await live(rig);
    for (const id of ['1 ', ' 1', '']) rig.command(forgetOf(id));
    await live(rig);
    expect(outcomes(rig).map(({ result, text }) => `${result}: ${text}`)).toEqual([
      'refused: No order 1  is known.',
      'refused: No order  1 is known.',
      'refused: No order  is known.',
    ]);
    expect(rig.states().get('order:1')).not.toHaveProperty('isErased');
  });

  it('leaves nothing for other commands to do', async () => {
    const rig = rigOf(source());
    await live(rig);
    for (const command of [forgetOf('1'), unparkOf('1')]) rig.command(command);
    await live(rig);
    expect(results(rig)).toEqual(['applied', 'refused']);
    expect(rig.states().get('order:1')).toMatchObject({ isErased: true, isStub: true });
  });

  it('works without any personal column, where the journal keeps its values until its retention is over', async () => {
    const rig = new Rig(source().records, { rules: readyRules() });
    await live(rig);
    rig.command(forgetOf('1'));
    await live(rig);
    expect(cells(rig).join('\n')).not.toMatch(PRIVATE);
    expect(journalOf(rig).join('\n')).toMatch(PRIVATE);
  });
});

describe('forget, whatever ends or fails', () => {
  const command = forgetOf('1');
  /** Order 1 is known; then it is forgotten, and told of. */
  const made = async (): Promise<Rig> => {
    const orders = source();
    const rig = rigOf(orders);
    await live(rig);
    rig.command(command);
    goOn(rig, orders, later);
    return rig;
  };
  const outcome = (rig: Rig): unknown => ({
    published: rig.published(),
    states: Object.fromEntries(
      [...rig.states()].map(([key, state]) => [key, without(without(state, 'journal'), 'sealKey')]),
    ),
    parked: rig.parked(),
  });
  let calls: readonly string[];
  let undisturbed: unknown;

  beforeAll(async () => {
    const rig = await made();
    const ports = withFault(rig.ports(), NO_FAULT, clearing(rig.store));
    await rig.live(ports);
    calls = ports.calls;
    undisturbed = outcome(rig);
  });

  it('takes Kafka transactions, and leaves a stub', () => {
    expect(calls.filter((name) => name === 'commit').length).toBeGreaterThan(1);
    expect(undisturbed).toMatchObject({ states: { 'order:1': { isErased: true, rows: {} } } });
  });

  it.each(FAULTS)(
    '%s, at whichever call: it is forgotten once, and nothing of it is published twice or read',
    async (fault) => {
      for (const [i, name] of calls.entries()) {
        const rig = await made();
        const end = await rig.live(withFault(rig.ports(), { call: i + 1, fault }, clearing(rig.store)));
        if (end.kind === 'crashed') await rig.live(rig.ports(), rig.settings('another digest'));
        const of = `${fault}: call ${i + 1} (${name})`;
        expect(outcome(rig), of).toEqual(undisturbed);
        expect([...cells(rig), ...journalOf(rig)].join('\n'), of).not.toMatch(PRIVATE);
      }
    },
  );
});
