/** Orders under way keep the rules by which they began, through the whole pipeline in memory (docs/pinning.md). */
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../../src/adapters/memory/store.js';
import { ruleWatch } from '../../../../src/adapters/files/rule-watch.js';
import type { CompiledAggregate } from '../../../../src/rules/compile.js';
import { without } from '../../../../src/translate/own.js';
import { RuleTooSlow } from '../../../../src/translate/ask.js';
import { commandOf, outcomes, results, unparkOf } from '../../../support/pipeline/commands.js';
import { replaced } from '../../../support/replaced.js';
import { digestOf, unpinnedOf, versionOf, Versions } from '../../../support/pipeline/versions.js';
import {
  hdr,
  hdrRow,
  readyRules,
  SMALL_SOURCE_MS,
  SmallSource,
  type WrittenRow,
} from '../../../support/sources/ready-orders.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

waitsTakeNoTime();

const DRAINED = { kind: 'drained' };
const update = (row: WrittenRow): WrittenRow => ({ ...row, op: 'u' });
const ready = (id: string): WrittenRow => update(hdrRow(id, 'READY'));
const migrateOf = (id: string) => commandOf({ kind: 'pin.migrate', arguments: { aggregate: 'order', id } });
const migrateAllOf = (name: string) =>
  commandOf({ kind: 'pin.migrateAll', arguments: { aggregate: 'order', rules: digestOf(name) } });

/** Orders are told of one after the other; what is recorded at an instant is what was written until then. */
class Story {
  readonly source = new SmallSource();
  readonly #played = { count: 0 };

  rows(...rows: readonly WrittenRow[]): readonly SmallSource['records'][number][] {
    this.source.transaction(...rows);
    return this.next();
  }

  next(): readonly SmallSource['records'][number][] {
    const more = this.source.records.slice(this.#played.count);
    this.#played.count = this.source.records.length;
    return more;
  }
}

/** Order 1 began by the rules a, and order 2 by the rules b. */
async function begun(versions = [versionOf('a'), versionOf('b')]): Promise<{ all: Versions; story: Story }> {
  const story = new Story();
  const all = new Versions(story.rows(hdrRow('1', 'OPEN')), versions);
  expect(await all.live('a')).toEqual(DRAINED);
  all.rig.play(story.rows(hdrRow('2', 'OPEN')));
  expect(await all.live('b')).toEqual(DRAINED);
  return { all, story };
}

describe('an order', () => {
  it('ends by the rules by which it began, beside others that began by later ones', async () => {
    const { all, story } = await begun();
    all.rig.play(story.rows(ready('1'), ready('2'), hdrRow('3', 'READY')));
    expect(await all.live('b')).toEqual(DRAINED);
    expect(all.told).toEqual(['1 a: n', '2 b: n', '3 b: n']);
    expect(all.kept).toEqual({ 1: 'a', 2: 'b', 3: 'b' });
    expect(all.counted).toEqual({ '': { count: 0 }, a: { count: 1 }, b: { count: 2 } });
    const digests = all.rig.journal().map(({ id, digest }) => `${id} ${digest.slice(0, 1)}`);
    expect(digests.slice(-3)).toEqual(['1 a', '2 b', '3 b']);
  });

  it('keeps them when Redis is lost, and in what another member restores', async () => {
    const { all, story } = await begun();
    all.rig.store = new MemoryStore();
    all.rig.play(story.rows(ready('1')));
    expect(await all.live('b')).toEqual(DRAINED);
    expect(all.told).toEqual(['1 a: n']);
    expect(all.counted).toMatchObject({ a: { count: 1 } });
  });

  it('that began before any were kept is decided by the rules of then', async () => {
    const { all, story } = await begun([unpinnedOf('a'), versionOf('b'), versionOf('c')]);
    expect(all.kept).toEqual({ 1: undefined, 2: 'b' });
    expect(all.counted).toEqual({ '': { count: 0, to: digestOf('a') }, b: { count: 1 } });
    all.rig.play(story.rows(ready('1'), ready('2'), hdrRow('3', 'READY')));
    expect(await all.live('c')).toEqual(DRAINED);
    expect(all.told).toEqual(['1 a: n', '2 b: n', '3 c: n']);
    expect(all.kept).toEqual({ 1: 'a', 2: 'b', 3: 'c' });
  });

  it('that a snapshot told of keeps the rules of then', async () => {
    const story = new Story();
    const snapshot = story.rows(hdrRow('1', 'OPEN')).flatMap(({ value, ...record }) => {
      if (record.topic !== 'legacy.oms.hdr') return [];
      const row = JSON.parse(value ?? '') as { source: object };
      return [
        {
          ...record,
          value: JSON.stringify({ ...row, op: 'r', transaction: null, source: { ...row.source, snapshot: 'last' } }),
        },
      ];
    });
    const all = new Versions(snapshot, [versionOf('a'), versionOf('b')]);
    expect(await all.live('a')).toEqual(DRAINED);
    expect(all.kept).toEqual({ 1: 'a' });
  });

  it('gives its count back when it is retired, and begins anew when it comes back', async () => {
    const retire = { when: ({ header }: { header?: { sts: string } }) => header?.sts === 'DONE', after: '90 days' };
    const story = new Story();
    const nowMs = SMALL_SOURCE_MS + 1_000 * 24 * 60 * 60 * 1_000;
    const all = new Versions(story.rows(hdrRow('1', 'OPEN')), [versionOf('a'), versionOf('b', { retire })], { nowMs });
    await all.live('a');
    all.rig.play(story.rows(update(hdrRow('1', 'DONE'))));
    expect(await all.live('b')).toEqual(DRAINED);
    expect(all.counted).toMatchObject({ a: { count: 1 } });
    story.source.later(91 * 24 * 60 * 60 * 1_000);
    all.rig.play(story.rows(hdrRow('2', 'OPEN')));
    expect(await all.live('b')).toEqual(DRAINED);
    expect(all.rig.states().get('order:1')).toMatchObject({ isStub: true });
    expect(all.counted).toEqual({ '': { count: 0 }, b: { count: 1 } });
    all.rig.play(story.rows(update(hdrRow('1', 'OPEN'))));
    expect(await all.live('b')).toEqual(DRAINED);
    expect(all.kept).toEqual({ 1: 'b', 2: 'b' });
  });

  it('gives its count back when it is forgotten', async () => {
    const { all } = await begun();
    all.rig.command(commandOf({ kind: 'forget', arguments: { aggregate: 'order', id: '1' } }));
    expect(await all.live('b')).toEqual(DRAINED);
    expect(all.counted).toEqual({ '': { count: 0 }, b: { count: 1 } });
  });

  it('that waits for a person is taken up by the rules that it keeps, or by those of now when it was migrated', async () => {
    const throws = (): never => {
      throw new TypeError('spoiled');
    };
    const { all, story } = await begun([versionOf('a', { data: throws }), versionOf('b')]);
    all.rig.play(story.rows(ready('1')));
    await all.live('b');
    all.rig.command(unparkOf('1'));
    await all.live('b');
    expect([all.rig.parked(), all.told]).toEqual([{ 'order:1': 'RULE_THREW' }, []]);
    all.rig.command(migrateOf('1'));
    all.rig.command(unparkOf('1'));
    await all.live('b');
    expect([all.rig.parked(), all.told]).toEqual([{}, ['1 b: n']]);
    expect(results(all.rig)).toEqual(['applied', 'applied', 'applied']);
  });

  it('whose rules do not end is parked alone', async () => {
    const loop = (): never => {
      for (;;);
    };
    const { all, story } = await begun([versionOf('a', { data: loop }), versionOf('b')]);
    const watch = ruleWatch(150, (forMs) => new RuleTooSlow(forMs));
    all.rig.play(story.rows(ready('1'), ready('2')));
    await all.rig.live(all.rig.ports(), { ...all.settings('b'), watch });
    expect([all.rig.parked(), all.told]).toEqual([{ 'order:1': 'RULE_TOO_SLOW' }, ['2 b: n']]);
    const said = all.rig.deadLetters().map(({ headers }) => headers['dragoman.dlq.rules_digest']);
    const decided = all.rig.journal().filter(({ outcome }) => outcome === 'parked');
    expect([said, decided.map(({ digest }) => digest)]).toEqual([[digestOf('a')], [digestOf('a')]]);
  });

  it('publishes to the topic that its rules name, though no rule of now does', async () => {
    const { all, story } = await begun([versionOf('a'), versionOf('b', { topic: 'orders.new' })]);
    all.rig.log.createTopic('orders.new', 1);
    const asked: (readonly string[])[] = [];
    const ports = all.rig.ports();
    const alsoTo = (topics: readonly string[]): Promise<void> => {
      asked.push(topics);
      return ports.sink.alsoTo(topics);
    };
    const sink = replaced(ports.sink, { alsoTo });
    all.rig.play(story.rows(ready('1'), ready('2')));
    expect(await all.live('b', { ...ports, sink })).toEqual(DRAINED);
    expect(asked).toEqual([['orders.out']]);
    expect(all.told).toEqual(['1 a: n']);
    expect(all.rig.log.records('orders.new/0')).toHaveLength(1);
  });
});

describe('a migration', () => {
  it('of one order lets it be decided by the rules of now, and publishes nothing', async () => {
    const { all, story } = await begun();
    all.rig.command(migrateOf('1'));
    all.rig.command(migrateOf('1'));
    all.rig.command(migrateOf('2'));
    expect(await all.live('b')).toEqual(DRAINED);
    expect(results(all.rig)).toEqual(['applied', 'refused', 'refused']);
    expect([all.told, all.kept, all.counted]).toEqual([[], { 1: 'b', 2: 'b' }, { '': { count: 0 }, b: { count: 2 } }]);
    expect(all.rig.journal().at(3)).toMatchObject({ id: '1', outcome: 'migrated', digest: digestOf('b') });
    all.rig.play(story.rows(ready('1')));
    await all.live('b');
    expect(all.told).toEqual(['1 b: n']);
  });

  it('of all that keep the same rules is one decision, and holds for each of them', async () => {
    const { all, story } = await begun([unpinnedOf('a'), versionOf('b'), versionOf('c')]);
    for (const name of ['a', 'b', 'a']) all.rig.command(migrateAllOf(name));
    all.rig.play(story.rows(ready('1'), ready('2')));
    expect(await all.live('c')).toEqual(DRAINED);
    expect(results(all.rig)).toEqual(['applied', 'applied', 'refused']);
    expect(outcomes(all.rig)[0]?.text).toMatch(/^0, and all that began before any rules were kept, are decided by/);
    expect(all.told).toEqual(['1 c: n', '2 c: n']);
    expect(all.kept).toEqual({ 1: 'c', 2: 'c' });
    expect(all.counted).toEqual({ '': { count: 0, to: digestOf('c') }, c: { count: 2 } });
  });

  it('is over when orders keep no rules any more, because the rules say so, and need not say so again', async () => {
    const { all, story } = await begun([versionOf('a'), versionOf('b', { pin: false }), unpinnedOf('c')]);
    expect(all.counted).toEqual({ a: { count: 1, to: '' } });
    all.rig.play(story.rows(ready('1'), ready('2')));
    expect(await all.live('c')).toEqual(DRAINED);
    expect([all.told, all.kept, all.counted]).toEqual([['1 c: n', '2 c: n'], { 1: undefined, 2: undefined }, {}]);
  });
});

describe('a start is refused', () => {
  const refusedBy = async (all: Versions, name: string): Promise<string> => {
    const end = await all.live(name);
    expect(end).toMatchObject({ kind: 'refused', code: 'RULES_PINNED' });
    return 'text' in end ? end.text : '';
  };

  it('when the rules of now say nothing of keeping, and goes on when they do', async () => {
    const { all, story } = await begun([versionOf('a'), versionOf('b'), unpinnedOf('c')]);
    all.rig.play(story.rows(ready('1')));
    expect(await refusedBy(all, 'c')).toMatch(/order, 1 by the rules aaaa.*: the rules do not say `pin` of it/);
    expect(all.told).toEqual([]);
    expect(await all.live('b')).toEqual(DRAINED);
    expect(all.told).toEqual(['1 a: n']);
  });

  it('when rows are no longer what rules that are kept read', async () => {
    const { all } = await begun([versionOf('a'), versionOf('b'), versionOf('c')]);
    const { rules } = readyRules({ pin: true });
    const order = rules.aggregates.get('order') as CompiledAggregate;
    const columns = without(hdr.columns, 'note');
    const tables = new Map([...order.tables, ['oms.hdr', { ...hdr, columns }] as const]);
    const lacking = { ...rules, aggregates: new Map([['order', { ...order, tables }]]) };
    const end = await all.rig.live(all.rig.ports(), { ...all.settings('c'), rules: lacking });
    expect(end).toMatchObject({ code: 'RULES_PINNED' });
    const gone = 'column oms.hdr.note is not declared any more';
    for (const name of ['a', 'b'])
      expect('text' in end && end.text).toContain(`order, 1 by the rules ${digestOf(name)}: ${gone}`);
  });

  it('when the text of rules that are kept is not there', async () => {
    const story = new Story();
    const all = new Versions(story.rows(hdrRow('1', 'OPEN')), [versionOf('a'), versionOf('b')]);
    await all.rig.live(all.rig.ports(), { ...all.settings('a'), bundle: null });
    expect(await refusedBy(all, 'b')).toMatch(/order, 1 by the rules aaaa.*: their text is not kept/);
  });
});
