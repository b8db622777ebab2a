/** Of an order that keeps its rules a change set is given up: what is left is of those rules, and only what they can know. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { originText } from '../../../../src/domain/change-set.js';
import { compileRuleSet } from '../../../../src/rules/compile.js';
import { aggregate, contract, legacy, one, publish, ruleSet, table } from '../../../../src/rules/index.js';
import { commandOf, results } from '../../../support/pipeline/commands.js';
import { unpinnedOf, type Version, versionOf, Versions } from '../../../support/pipeline/versions.js';
import { hdrRow, SmallSource, type WrittenRow } from '../../../support/sources/ready-orders.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

waitsTakeNoTime();

const update = (row: WrittenRow): WrittenRow => ({ ...row, op: 'u' });

class Story {
  readonly all: Versions;
  readonly #source = new SmallSource();
  #played = 0;

  constructor(first: WrittenRow, versions: readonly Version[]) {
    this.all = new Versions(this.#next(first), versions);
  }

  play(row: WrittenRow): void {
    this.all.rig.play(this.#next(row));
  }

  discard(id: string): void {
    const [waiting] = this.all.rig.states().get(`order:${id}`)?.parked?.waiting ?? [];
    const first = waiting === undefined ? '' : originText(waiting.origin);
    const of = { aggregate: 'order', id, first, changeSets: 1 };
    this.all.rig.command(commandOf({ kind: 'parked.discard', arguments: of }));
  }

  #next(row: WrittenRow): SmallSource['records'] {
    this.#source.transaction(row);
    const more = this.#source.records.slice(this.#played);
    this.#played = this.#source.records.length;
    return more;
  }
}

it('what began with it keeps the rules that gave it up, not those of before any were kept', async () => {
  const throws = (): never => {
    throw new TypeError('spoiled');
  };
  const story = new Story(hdrRow('1', 'OPEN'), [unpinnedOf('a'), versionOf('b', { data: throws }), versionOf('c')]);
  const { all } = story;
  await all.live('a');
  story.play(hdrRow('2', 'READY'));
  await all.live('b');
  expect(all.rig.parked()).toEqual({ 'order:2': 'RULE_THREW' });
  story.discard('2');
  await all.live('c');
  expect([results(all.rig), all.kept['2']]).toEqual([['applied'], 'c']);
  expect(all.counted).toMatchObject({ c: { count: 1 } });
  story.play(update(hdrRow('2', 'OPEN')));
  await all.live('c');
  const last = all.rig.journal().at(-1);
  expect([last?.id, last?.digest.slice(0, 1)]).toEqual(['2', 'c']);
});

/** Ready is what is not open. */
function coded(name: string, codes: Readonly<Record<string, string>>): Version {
  const columns = { id: legacy.bigint(), sts: legacy.code(codes), note: legacy.text().nullable() };
  const order = aggregate(
    'order',
    { header: one(table('oms.hdr', { key: ['id'], columns }), (row) => row.id) },
    { pin: true },
  );
  const ready = order.milestone('OrderReady', {
    importance: 'critical',
    when: {
      'it is not open': ({ header }) => header?.sts !== 'open',
      'it is noted': ({ header }) => header?.note !== 'n',
    },
    data: () => ({ note: name }),
  });
  const prose = { topic: 'orders.out', key: 'orderId', owner: 'x', meaning: 'x', certainty: 'x', notSentWhen: 'x' };
  const readyV1 = contract('OrderReady', 1, {
    ...prose,
    data: z.strictObject({ note: z.string() }),
    example: { note: 'x' },
  });
  const publications = [publish(ready).as(readyV1, ({ data }) => data)];
  return { name, rules: compileRuleSet(ruleSet({ aggregates: [order], facts: [ready], publications })) };
}

it('a code that they do not know is unknown to them afterwards, and no value', async () => {
  const now = coded('b', { O: 'open', D: 'done', H: 'held' });
  const story = new Story(hdrRow('1', 'O'), [coded('a', { O: 'open', D: 'done' }), now]);
  const { all } = story;
  await all.live('a');
  story.play(update(hdrRow('1', 'H')));
  await all.live('b');
  expect(all.rig.parked()).toEqual({ 'order:1': 'CODE_UNKNOWN' });
  story.discard('1');
  await all.live('b');
  expect(results(all.rig)).toEqual(['applied']);
  expect(all.rig.states().get('order:1')?.rows).toEqual({ 'oms.hdr': { 1: { id: '1', note: 'n' } } });
  story.play(update(hdrRow('1', 'D', 'noted')));
  await all.live('b');
  expect([all.rig.parked(), all.told]).toEqual([{}, []]); // whether it was ready before is not known
  expect(all.rig.states().get('order:1')?.rows).toMatchObject({ 'oms.hdr': { 1: { sts: 'done' } } });
});
