/** What is looked at for the nearest misses of an order, however many rows one of its transactions wrote. */
import { expect, it } from 'vitest';
import { EMPTY_STATE } from '../../../src/domain/state/aggregate-state.js';
import type { JournalEntry, RowTold, Verdict } from '../../../src/domain/state/journal-entry.js';
import { compileRuleSet } from '../../../src/rules/compile.js';
import { aggregate, many, one, ruleSet } from '../../../src/rules/index.js';
import { Asking } from '../../../src/why/asking/asked.js';
import { CANDIDATES_MAX, missesOf, MISSES_SHOWN_MAX } from '../../../src/why/asking/misses.js';
import type { History, Told } from '../../../src/why/history/chain.js';
import { Steps } from '../../../src/why/history/steps.js';
import { Verdicts } from '../../../src/why/history/verdicts.js';
import { Writers } from '../../../src/why/history/writers.js';
import { Shown } from '../../../src/why/shown.js';
import { hdr, line } from '../../support/sources/ready-orders.js';

const ROWS = 2_000;

const order = aggregate('order', { header: one(hdr, (row) => row.id), lines: many(line, (row) => row.id) });
const came = order.each('lines').inserted('BigLineCame', {
  importance: 'low',
  when: { 'it is big': ({ txt }) => txt === 'big' },
  data: () => ({}),
});
const rules = compileRuleSet(ruleSet({ aggregates: [order], facts: [came], publications: [] }));
const compiled = rules.aggregates.get('order')!;

it('each row of a transaction is looked at once, and not once for each of the others', () => {
  const all = Array.from({ length: ROWS }, (_, i): RowTold => {
    const key = String(i);
    return { table: 'oms.line', key, op: 'c', is: { line_id: key, id: '1', txt: 'small' } };
  });
  let looked = 0;
  const rows = new Proxy(all, {
    get: (target, name) => {
      if (typeof name === 'string' && /^\d+$/.test(name)) looked += 1;
      return Reflect.get(target, name) as unknown;
    },
  });
  const verdicts = all.map(({ key }): Verdict => {
    return { fact: 'BigLineCame', verdict: 'unmet', occurrence: key, unmet: ['it is big'], unknown: [] };
  });
  const origin = { source: 'legacy', transactionId: '1', position: null, commitTimeMs: 0 };
  const entry = { outcome: 'applied', rows, verdicts, origin, previous: [] } as unknown as JournalEntry;
  const told: Told = { entry, partition: 0, offset: 1, writtenMs: 0 };
  const history: History = { entries: [told], end: 'begin', missing: 0 };
  const known = {
    ...{ ref: { aggregate: 'order', id: '1' }, aggregate: compiled, state: EMPTY_STATE, history },
    ...{ writers: new Writers(history, compiled), verdicts: new Verdicts(history) },
    ...{ steps: new Steps(EMPTY_STATE, history), shown: new Shown(rules, false) },
    asking: new Asking({
      ...{ aggregate: compiled, state: EMPTY_STATE, unknown: [], lookups: () => undefined, watch: (run) => run() },
    }),
  };
  looked = 0;
  const { misses, moreMisses } = missesOf(compiled.facts[0]!, known);
  expect([misses.length, moreMisses]).toEqual([MISSES_SHOWN_MAX, ROWS - MISSES_SHOWN_MAX]);
  expect(misses[0]?.conditions[0]?.reads).toMatchObject([{ value: 'small', wrote: { kind: 'entry' } }]);
  expect(ROWS).toBeGreaterThan(CANDIDATES_MAX);
  expect(looked).toBeLessThanOrEqual(ROWS);
});
