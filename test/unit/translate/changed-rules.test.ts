/** What docs/changing-rules.md says: a state that some rules made, and the next change decided by others. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { AggregateState } from '../../../src/domain/state/aggregate-state.js';
import type { RowChange } from '../../../src/domain/change-set.js';
import type { Row } from '../../../src/domain/tables/table.js';
import { compileRuleSet, type CompiledRules } from '../../../src/rules/compile.js';
import { aggregate, contract, known, legacy, one, publish, ruleSet, table } from '../../../src/rules/index.js';
import { translate } from '../../../src/translate/translate.js';
import { changeSet, rowChange, SETTINGS } from './examples.js';

const prose = { owner: 'shop', meaning: 'It is so.', certainty: 'Once.', notSentWhen: 'It is not so.' };

interface Parts {
  readonly when?: (row: Seen) => boolean;
  readonly repeatable?: boolean;
  readonly versions?: readonly number[];
}
interface Seen {
  readonly paid: string;
  readonly note: string | null;
}

/** An order that is cleared; `note` is declared where a rule reads it. */
function rules({ when = (row) => row.paid === 'paid', repeatable = false, versions = [1] }: Parts = {}, note = false) {
  const columns = { no: legacy.bigint(), paid: legacy.code({ Y: 'paid', N: 'open' }) };
  const header = table('s.ord', {
    key: ['no'],
    columns: note ? { ...columns, note: legacy.text().nullable() } : columns,
  });
  const order = aggregate('order', { header: one(header, (row) => row.no) });
  const cleared = order.milestone('OrderCleared', {
    importance: 'normal',
    repeatable,
    when: { 'it is so': (o) => when(known(o.header, 'header') as unknown as Seen) },
    data: () => ({}),
  });
  const publications = versions.map((version) =>
    publish(cleared).as(
      contract('OrderCleared', version, {
        ...{ ...prose, topic: 'shop.events', key: 'orderId', data: z.object({}), example: {} },
      }),
      () => ({}),
    ),
  );
  return compileRuleSet(ruleSet({ aggregates: [order], facts: [cleared], publications }));
}

const change = (op: RowChange['op'], row: Row): readonly RowChange[] => [
  rowChange({ table: 's.ord', key: '4711', op, row: { no: '4711', ...row } }),
];

/** One change after the other, each by its rules. @returns the contract versions and sequences of the last one's events */
function events(...steps: readonly (readonly [CompiledRules, RowChange['op'], Row])[]): string[] {
  let state: AggregateState | null = null;
  let last: string[] = [];
  for (const [by, op, row] of steps) {
    const kind = op === 'r' ? 'baseline' : 'transaction';
    const done = translate(changeSet({ kind, changes: change(op, row) }), state, by, SETTINGS);
    expect(done.entry.refusal).toBeNull();
    state = done.state;
    last = done.events.map(({ value }) => `v${String(value.schemaVersion)} #${String(value.sequence)}`);
  }
  return last;
}

describe('a condition that is changed', () => {
  const strict = rules({ when: () => false });
  const loose = rules();

  it('and holds for what is there by then: that has been, also when it is lost and reached again', () => {
    expect(events([strict, 'c', { paid: 'paid' }], [loose, 'u', { paid: 'paid' }])).toEqual([]);
    const again = [
      [loose, 'u', { paid: 'open' }],
      [loose, 'u', { paid: 'paid' }],
    ] as const;
    expect(events([strict, 'c', { paid: 'paid' }], ...again)).toEqual([]);
    const repeatable = rules({ repeatable: true });
    expect(
      events([strict, 'c', { paid: 'paid' }], [repeatable, 'u', { paid: 'open' }], [repeatable, 'u', { paid: 'paid' }]),
    ).toEqual(['v1 #1']);
  });

  it('and comes true by a later change: it happens', () => {
    expect(events([strict, 'c', { paid: 'open' }], [loose, 'u', { paid: 'paid' }])).toEqual(['v1 #1']);
  });

  it('and does not hold any more for what has happened: that stays, and does not happen again', () => {
    expect(
      events([loose, 'c', { paid: 'paid' }], [strict, 'u', { paid: 'open' }], [loose, 'u', { paid: 'paid' }]),
    ).toEqual([]);
  });
});

describe('a column that is declared only now', () => {
  const reading = rules({ when: ({ paid, note }) => paid === 'paid' && note !== null }, true);
  const declaring = rules({}, true);

  it('and read at once is unknown in the rows before: what becomes known with it has been', () => {
    expect(
      events([rules({ when: () => false }), 'c', { paid: 'paid' }], [reading, 'u', { paid: 'paid', note: 'x' }]),
    ).toEqual([]);
  });

  it('and told by an incremental snapshot before a rule reads it is as any other', () => {
    const steps = [
      [rules({ when: () => false }), 'c', { paid: 'open' }],
      [declaring, 'r', { paid: 'open', note: null }],
      [reading, 'u', { paid: 'paid', note: 'x' }],
    ] as const;
    expect(events(...steps)).toEqual(['v1 #1']);
  });
});

it('a code that gets another meaning has its former one in rows until they are written again', () => {
  const former = rules({ when: () => false });
  const renamed = rules({ when: ({ paid }) => paid === 'settled' });
  expect(events([former, 'c', { paid: 'paid' }], [renamed, 'u', { paid: 'settled' }])).toEqual(['v1 #1']);
});

it('another version of a contract begins with what happens from then on, and with sequence 1', () => {
  const both = rules({ repeatable: true, versions: [1, 2] });
  const one = rules({ repeatable: true });
  const happened = [one, 'c', { paid: 'paid' }] as const;
  expect(events(happened, [both, 'u', { paid: 'paid' }])).toEqual([]);
  expect(events(happened, [both, 'u', { paid: 'open' }], [both, 'u', { paid: 'paid' }])).toEqual(['v1 #2', 'v2 #1']);
});
