/** "Why" of orders that wait: for their time, for a row that tells whose others are, or to their end by the rules by which they began. */
import { describe, expect, it } from 'vitest';
import { keptIn } from '../../../src/cli/why/outside/stored.js';
import { waitsFor } from '../../../src/why/waits-for.js';
import { answerLines } from '../../../src/why/words.js';
import { DragomanError } from '../../../src/errors.js';
import { compileRuleSet } from '../../../src/rules/compile.js';
import { aggregate, legacy, many, one, ruleSet, table, via } from '../../../src/rules/index.js';
import { digestOf, versionOf, Versions } from '../../support/pipeline/versions.js';
import { Rig } from '../../support/rig.js';
import { awaitedRules, HOUR } from '../../support/sources/awaited-orders.js';
import { hdr, hdrRow, lineRow, SMALL_SOURCE_MS, SmallSource } from '../../support/sources/ready-orders.js';
import { asked, factIn, outsideOf, settingsOf } from '../../support/why/asked.js';

const lived = async (source: SmallSource, options: ConstructorParameters<typeof Rig>[1]): Promise<Rig> => {
  const small = new Rig(source.records, options);
  await small.live();
  return small;
};

describe('an order', () => {
  it('that keeps the rules by which it began is told by them, where they can be had', async () => {
    const noted = { when: ({ header }: { header?: { note: string | null } }) => header?.note === 'noted' };
    const all = new Versions(new SmallSource().transaction(hdrRow('1', 'OPEN', 'noted')).records, [
      versionOf('a'),
      versionOf('b', noted),
    ]);
    await all.live('a');
    const { rules: now, translate } = all.settings('b');
    const here = (settings = all.settings('b')) =>
      asked(
        all.rig,
        { id: '1' },
        { kept: (ref, state) => keptIn(all.rig.store, settings, ref, state) },
        { rules: now, digest: translate.digest },
      );
    const answer = await here();
    expect(answer.rules).toMatchObject({ asked: digestOf('a'), kept: digestOf('a'), running: digestOf('a') });
    expect(factIn(answer, 'OrderReady').misses).toMatchObject([{ why: 'unmet' }]);
    expect([...answerLines(answer)].join('\n')).toContain(
      `the rules by which it began (${digestOf('a')}): they answer here`,
    );

    const compile = (): never => {
      throw new DragomanError('RULES_INVALID', 'no');
    };
    const without = await here({ ...all.settings('b'), compile });
    expect(without.rules).toMatchObject({ asked: digestOf('b'), kept: digestOf('a') });
    expect(factIn(without, 'OrderReady').misses).toMatchObject([{ why: 'not asked' }]);
    expect([...answerLines(without)].join('\n')).toContain(`(${digestOf('a')}), which cannot be asked here`);
  });

  it('that keeps rules which call a fact otherwise is told by either name', async () => {
    const all = new Versions(new SmallSource().transaction(hdrRow('1', 'OPEN')).records, [
      versionOf('a'),
      versionOf('b', { renamed: 'OrderComplete' }),
    ]);
    await all.live('a');
    const settings = all.settings('b');
    const outside = outsideOf(all.rig, { kept: (ref, state) => keptIn(all.rig.store, settings, ref, state) });
    const here = { ...settingsOf(all.rig), rules: settings.rules, digest: settings.translate.digest };
    for (const fact of ['OrderReady', 'OrderComplete'])
      expect(await waitsFor([{ aggregate: 'order', id: '1', fact }], outside, here)).toEqual([
        { isParked: false, conditions: [{ name: 'status is READY', holds: false }] },
      ]);
  });

  it('whose rows wait for the row that they name is not known yet', async () => {
    const shipment = table('oms.hdr', { key: ['id'], columns: { id: legacy.bigint(), sts: legacy.text() } });
    const thing = table('oms.line', { key: ['line_id'], columns: { line_id: legacy.bigint(), id: legacy.bigint() } });
    const order = aggregate('order', {
      shipments: many(shipment, (row) => row.sts),
      things: many(
        thing,
        via(shipment, (row) => row.id),
      ),
    });
    const shipped = {
      rules: compileRuleSet(ruleSet({ aggregates: [order], facts: [], publications: [] })),
      digest: 'd',
    };
    const source = new SmallSource().transaction(lineRow('5', '77'));
    const small = await lived(source, { rules: shipped });
    const never = await asked(small, { id: 'A' });
    expect(never).toMatchObject({ standing: 'unknown', foundVia: [{ table: 'oms.line', via: 'oms.hdr' }] });
    expect([...answerLines(never)][1]).toContain("(why 'order?' oms.hdr/<its key>)");
    const waiting = await asked(small, { aggregate: 'order?', id: 'oms.hdr/77' });
    expect(waiting).toMatchObject({ standing: 'waiting', seen: [{ rows: [{ table: 'oms.line', key: '5' }] }] });
    await expect(asked(small, { aggregate: 'order?', id: '77' })).rejects.toThrow(/written <table>\/<key>.*oms\.hdr/);

    const known = await lived(source.transaction(hdrRow('77', 'A')), { rules: shipped });
    expect(await asked(known, { id: 'A' })).toMatchObject({ standing: 'live', foundVia: [] });
  });

  it('that is overdue, or not yet, or expected no more, is told with what became of it', async () => {
    const source = new SmallSource()
      .transaction(hdrRow('1', 'OPEN'))
      .transaction(hdrRow('2', 'CANCELLED'))
      .later(5 * HOUR)
      .transaction(hdrRow('3', 'OPEN'));
    const small = await lived(source, { rules: awaitedRules(), nowMs: SMALL_SOURCE_MS + 9 * HOUR });
    const overdue = await asked(small, { id: '1' });
    const { expected } = factIn(overdue, 'OrderReady');
    expect(expected).toMatchObject({ isOverdue: true, toldAt: expect.any(String) as string });
    expect(overdue.seen.map(({ deadlines }) => deadlines)).toEqual([
      [{ fact: 'OrderReady', dueAt: expected!.dueAt, became: 'overdue', unmet: ['status is READY'], unknown: [] }],
      [{ fact: 'OrderReady', dueAt: expected!.dueAt, became: 'awaited' }],
    ]);
    const words = [...answerLines(overdue)].join('\n');
    expect(words).toContain(`  overdue: it was expected before ${expected!.dueAt}, and that was told at `);
    expect(words).toContain(`order 1: decided up to the clock at ${expected!.dueAt}\n`);
    expect(words).toContain(`OrderReady was due at ${expected!.dueAt} and has not happened: not "status is READY"`);

    const excused = await asked(small, { id: '2' });
    expect(factIn(excused, 'OrderReady').expected).toBeUndefined();
    expect([...answerLines(excused)].join('\n')).toContain('and is expected no more: "it is cancelled"');

    const open = await asked(small, { id: '3' });
    const until = factIn(open, 'OrderReady').expected!;
    expect(until).toMatchObject({ isOverdue: false, toldAt: null });
    expect(Date.parse(open.clock ?? '')).toBeLessThan(Date.parse(until.dueAt));
    expect([...answerLines(open)].join('\n')).toContain(
      `it is expected before ${until.dueAt}; what was committed before ${open.clock ?? ''} is decided, and nothing later`,
    );
  });

  it('of which two things were due at once says of each when that was told', async () => {
    const small = await lived(
      new SmallSource()
        .transaction(hdrRow('1', 'OPEN'))
        .later(5 * HOUR)
        .transaction(hdrRow('2', 'OPEN')),
      {
        rules: { rules: twoAwaited(), digest: 'd'.repeat(16) },
        nowMs: SMALL_SOURCE_MS + 9 * HOUR,
      },
    );
    const journal = outsideOf(small).journal!;
    // As when one of them was parked, and taken up later.
    const at: typeof journal.at = async (of, offsets) =>
      (await journal.at(of, offsets)).map((record) =>
        record?.value?.includes('"fact":"Packed","dueAt"') === true && record.value.includes('"overdue"')
          ? { ...record, timestampMs: record.timestampMs + HOUR }
          : record,
      );
    const answer = await asked(small, { id: '1' }, { journal: { at, search: () => Promise.reject(new Error('no')) } });
    const [ready, packed] = ['Ready', 'Packed'].map((name) => factIn(answer, name).expected!);
    expect(ready).toMatchObject({ isOverdue: true, dueAt: packed!.dueAt });
    expect(Date.parse(packed!.toldAt!) - Date.parse(ready!.toldAt!)).toBe(HOUR);
  });
});

function twoAwaited() {
  const order = aggregate('order', { header: one(hdr, (row) => row.id) });
  const facts = ['Ready', 'Packed'].map((name) =>
    order.milestone(name, {
      importance: 'low',
      when: { [`it is ${name}`]: ({ header }) => header?.sts === name },
      data: () => ({}),
      expected: { within: '4 hours', after: 'first seen' },
    }),
  );
  return compileRuleSet(ruleSet({ aggregates: [order], facts, publications: [] }));
}
