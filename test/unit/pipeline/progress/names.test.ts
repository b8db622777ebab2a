/** N1 and N2 of `names.ts`: a renamed aggregate or fact is refused at the start, because nothing else tells it from a new one. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { namesOf } from '../../../../src/pipeline/progress/names.js';
import { compileRuleSet } from '../../../../src/rules/compile.js';
import { aggregate, contract, many, one, publish, type RuleSet, ruleSet } from '../../../../src/rules/index.js';
import { type LifeEnd, Rig } from '../../../support/rig.js';
import { hdr, hdrRow, line, lineRow, SmallSource } from '../../../support/sources/ready-orders.js';

interface Named {
  readonly aggregate?: string;
  readonly formerAggregates?: readonly string[];
  readonly fact?: string;
  readonly formerFacts?: readonly string[];
  readonly repeatable?: boolean;
  readonly edge?: 'inserted' | 'deleted';
  readonly rowFact?: string | null;
  readonly formerRowFacts?: readonly string[];
  readonly lineKey?: 'id' | 'line_id';
  readonly primaryKey?: readonly string[];
  readonly contractOf?: 'ready' | 'lined';
  readonly more?: Partial<RuleSet>;
}

const prose = { topic: 'orders.out', key: 'orderId', owner: 'x', meaning: 'x', certainty: 'x', notSentWhen: 'x' };
const fields = { ...prose, data: z.object({}), example: {} };
const readyV1 = contract('OrderReady', 1, fields);

function rulesOf(named: Named = {}) {
  const { aggregate: name = 'order', fact = 'OrderReady', rowFact = 'LineAdded', edge = 'inserted' } = named;
  const lines = { ...line, key: named.primaryKey ?? line.key };
  const members = { header: one(hdr, (row) => row.id), lines: many(lines, (row) => row[named.lineKey ?? 'id']) };
  const order = aggregate(name, members, { formerly: named.formerAggregates ?? [] });
  const ready = order.milestone(fact, {
    ...{ importance: 'high', repeatable: named.repeatable ?? true, data: () => ({}) },
    formerly: named.formerFacts ?? [],
    when: { 'status is READY': ({ header }) => header?.sts === 'READY' },
  });
  const each = order.each('lines');
  const added =
    rowFact === null
      ? []
      : [each[edge](rowFact, { importance: 'low', data: () => ({}), formerly: named.formerRowFacts ?? [] })];
  const published = named.contractOf === 'lined' ? added[0]! : ready;
  const set = ruleSet({
    aggregates: [order, ...(named.more?.aggregates ?? [])],
    facts: [ready, ...added, ...(named.more?.facts ?? [])],
    publications: [publish(published).as(readyV1, () => ({})), ...(named.more?.publications ?? [])],
  });
  return { rules: compileRuleSet(set), digest: 'd'.repeat(16) };
}

const records = new SmallSource()
  .transaction(hdrRow('1', 'READY'), lineRow('7', '1'))
  .transaction(hdrRow('1', 'OPEN'))
  .transaction(hdrRow('1', 'READY')).records;
/** The input of before, and one more occurrence. */
const more = new SmallSource()
  .transaction(hdrRow('1', 'READY'), lineRow('7', '1'))
  .transaction(hdrRow('1', 'OPEN'))
  .transaction(hdrRow('1', 'READY'))
  .transaction(hdrRow('1', 'OPEN'))
  .transaction(hdrRow('1', 'READY')).records;

async function decidedBy(named: Named): Promise<Rig> {
  const rig = new Rig(records, { rules: rulesOf(named) });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  return rig;
}

/** Starts again with other rules. */
async function startedAgain(former: Rig, named: Named, accepted: readonly string[] = []): Promise<[Rig, LifeEnd]> {
  const rig = new Rig(more, { rules: rulesOf(named) });
  rig.goOnFrom(former);
  return [rig, await rig.live(rig.ports(), { ...rig.settings(), acceptedNames: new Set(accepted) })];
}

const END = { kind: 'drained' };
const country = aggregate('customer', { header: one(hdr, (row) => row.id) });

describe('a start with other names', () => {
  it.each<[string, Named, RegExp]>([
    ['a renamed aggregate', { aggregate: 'salesOrder' }, /aggregates that are gone: order; that are new: salesOrder\./],
    [
      'one that says another former name',
      { aggregate: 'salesOrder', formerAggregates: ['purchase'] },
      /formerly: \['order'\]/,
    ],
    ['names that are gone', { rowFact: null }, /facts that are gone: LineAdded\. .*--accept-names LineAdded`/],
    ['a renamed repeatable fact', { fact: 'OrderSet' }, /facts that are gone: OrderReady; that are new: OrderSet\./],
    ['a renamed row fact', { rowFact: 'LineSeen' }, /facts that are gone: LineAdded; that are new: LineSeen\./],
    ['a fact that happens once now', { repeatable: false }, /fact OrderReady means something else/],
    ['a row fact of another edge', { edge: 'deleted' }, /fact LineAdded means something else/],
    ['a contract of another fact', { contractOf: 'lined' }, /contract OrderReady\.v1 means something else/],
    ['another primary key', { primaryKey: ['line_id', 'id'] }, /table order\/oms\.line means something else/],
    ['other key columns', { lineKey: 'line_id' }, /table order\/oms\.line means something else/],
  ])('is refused: %s', async (_, named, text) => {
    const [rig, end] = await startedAgain(await decidedBy({}), named);
    expect(end).toMatchObject({ kind: 'refused', code: 'RULES_RENAMED' });
    expect(end).toHaveProperty('text', expect.stringMatching(text));
    expect(rig.published()).toEqual([]);
  });

  it('goes on with the names of before', async () => {
    const [rig, end] = await startedAgain(await decidedBy({}), {});
    expect(end).toEqual(END);
    expect(rig.published().map(({ value }) => value.sequence)).toEqual([3]);
  });

  it('is legal when names are only new', async () => {
    const former = await decidedBy({ rowFact: null });
    const [added, end] = await startedAgain(former, {});
    expect(end).toEqual(END);
    expect((await startedAgain(added, { more: { aggregates: [country] } }))[1]).toEqual(END);
  });

  it('is what an operator accepts by the names that are gone for good, once', async () => {
    const former = await decidedBy({});
    expect((await startedAgain(former, { rowFact: 'LineSeen' }, ['LineSeen']))[1]).toMatchObject({ kind: 'refused' });
    const [accepted, end] = await startedAgain(former, { rowFact: 'LineSeen' }, ['LineAdded']);
    expect(end).toEqual(END);
    expect((await startedAgain(accepted, { rowFact: 'LineSeen' }))[1]).toEqual(END);
    expect((await startedAgain(accepted, {}))[1]).toMatchObject({ code: 'RULES_RENAMED' }); // now the other one is gone
  });

  it('compares what was gone with what it was when it comes back', async () => {
    const [without, end] = await startedAgain(await decidedBy({}), { rowFact: null }, ['LineAdded']);
    expect(end).toEqual(END);
    expect((await startedAgain(without, {}))[1]).toEqual(END);
    const [, other] = await startedAgain(without, { edge: 'deleted' });
    expect(other).toHaveProperty('text', expect.stringMatching(/fact LineAdded means something else/));
  });

  it('says what is gone, also when no decision names it', async () => {
    const quiet = aggregate('quiet', { header: one({ ...hdr, name: 'oms.quiet' }, (row) => row.id) });
    const former = await decidedBy({ more: { aggregates: [quiet] } });
    const [, refused] = await startedAgain(former, {});
    expect(refused).toHaveProperty('text', expect.stringMatching(/aggregates that are gone: quiet\./));
    expect((await startedAgain(former, {}, ['quiet']))[1]).toEqual(END);
  });

  it('is what an operator accepts though it means something else', async () => {
    const [accepted, end] = await startedAgain(await decidedBy({}), { edge: 'deleted' }, ['LineAdded']);
    expect(end).toEqual(END);
    expect((await startedAgain(accepted, { edge: 'deleted' }))[1]).toEqual(END);
    expect((await startedAgain(accepted, {}))[1]).toMatchObject({ code: 'RULES_RENAMED' });
  });
});

describe('a rename that is declared', () => {
  const RENAMED: Named = {
    ...{ aggregate: 'salesOrder', formerAggregates: ['order'], fact: 'OrderSet', formerFacts: ['OrderReady'] },
    ...{ rowFact: 'LineSeen', formerRowFacts: ['LineAdded'] },
  };
  const AGAIN: Named = {
    ...{ aggregate: 'purchase', formerAggregates: ['order', 'salesOrder'] },
    ...{ fact: 'OrderPrepared', formerFacts: ['OrderReady', 'OrderSet'] },
    ...{ rowFact: 'LineFound', formerRowFacts: ['LineAdded', 'LineSeen'] },
  };

  it('is accepted without a word, publishes nothing again, and gives what comes the ids that it would have had', async () => {
    const [same] = await startedAgain(await decidedBy({}), {});
    const [rig, end] = await startedAgain(await decidedBy({}), RENAMED);
    expect(end).toEqual(END);
    expect(rig.published()).toHaveLength(1);
    expect(rig.published()).toEqual(same.published());
    expect(rig.states()).toEqual(same.states());
    expect(rig.states().get('order:1')).toMatchObject({ fired: { OrderReady: { 3: 3 }, LineAdded: { 7: 0 } } });
    const named = (of: Rig): string[] => of.journal().map(({ aggregate: name, id }) => `${name} ${id}`);
    expect(named(rig)).toEqual(named(same));
  });

  it('is seen by people under the name of now', async () => {
    const [rig] = await startedAgain(await decidedBy({}), RENAMED);
    const told = rig.told.flatMap((event) => (event.kind === 'decided' ? [event.entry] : []));
    expect(new Set(told.map(({ aggregate: name }) => name))).toEqual(new Set(['salesOrder']));
    expect(told.flatMap(({ verdicts }) => verdicts)).toContainEqual(
      expect.objectContaining({ fact: 'OrderSet', verdict: 'fired', occurrence: '3' }),
    );
  });

  it('can be made again, and back', async () => {
    const [first] = await startedAgain(await decidedBy({}), RENAMED);
    for (const names of [AGAIN, {}]) {
      const [next, end] = await startedAgain(first, names);
      expect(end).toEqual(END);
      expect(next.published()).toEqual([]);
    }
  });

  it('does not make another thing of it', async () => {
    const [, end] = await startedAgain(await decidedBy({}), { ...RENAMED, edge: 'deleted' });
    expect(end).toHaveProperty('text', expect.stringMatching(/fact LineSeen means something else/));
    expect((await startedAgain(await decidedBy({}), { ...RENAMED, edge: 'deleted' }, ['LineSeen']))[1]).toEqual(END);
  });

  it('goes on from what is remembered, though that was gone for good', async () => {
    const [without] = await startedAgain(await decidedBy({}), { rowFact: null }, ['LineAdded']);
    expect((await startedAgain(without, { rowFact: 'LineSeen', formerRowFacts: ['LineAdded'] }))[1]).toEqual(END);
  });
});

describe('names', () => {
  it('are all those that memory and ids hang on', () => {
    expect(namesOf(rulesOf().rules).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      ...['aggregate order', 'fact OrderReady', 'fact LineAdded', 'contract OrderReady.v1'],
      ...['table order/oms.hdr', 'table order/oms.line'],
    ]);
  });
});
