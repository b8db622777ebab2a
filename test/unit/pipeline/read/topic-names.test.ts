/** Sources that name their topics and tables in other ways: `topic.delimiter`, leaf partitions, routed shards; recorded ones. */
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../../src/domain/state/journal-entry.js';
import type { TableDefinition } from '../../../../src/domain/tables/table.js';
import { compileRuleSet } from '../../../../src/rules/compile.js';
import { aggregate, legacy, many, one, ruleSet, table } from '../../../../src/rules/index.js';
import type { CompiledRules } from '../../../../src/rules/compile.js';
import { readRecording, type RecordedRecord } from '../../../support/recordings.js';
import { retailerRules, Rig, type RigOptions, type SourceChanges } from '../../../support/rig.js';

const recorded = (name: string): RecordedRecord[] => readRecording(`postgres/${name}`);

async function lived(records: readonly RecordedRecord[], options: RigOptions): Promise<Rig> {
  const rig = new Rig(records, options);
  expect(await rig.live()).toEqual({ kind: 'drained' });
  return rig;
}

const entriesOf = ({ told }: Rig): Decision[] =>
  told.flatMap((event) => (event.kind === 'decided' ? [event.entry] : []));

/** `OrderAcceptedForFulfillment 7001`, in the order of their order. */
const eventsOf = (rig: Rig): string[] =>
  entriesOf(rig)
    .flatMap(({ id, events }) =>
      events.map(({ type }) => `${type.split('.').find((part) => /^[A-Z]/.test(part)) ?? type} ${id}`),
    )
    .sort();

const parkedOf = ({ told }: Rig): string[] =>
  told.flatMap((event) =>
    event.kind === 'parked' ? [`${event.id} ${event.refusal.code}: ${event.refusal.text}`] : [],
  );

const openOf = ({ told }: Rig): number => {
  const last = told.findLast((event) => event.kind === 'sequenced');
  return last?.kind === 'sequenced' ? last.openTransactions : Number.NaN;
};

/** Lines of an accepted order, as the last decision left them. */
const linesOf = (rig: Rig, id: string): string[] => {
  const state = entriesOf(rig).findLast((entry) => entry.id === id)?.state;
  return Object.keys(state?.rows['oms.ord_line'] ?? {});
};

const LIVES = [
  'OrderAcceptedForFulfillment 7001',
  'OrderAcceptedForFulfillment 9001',
  'OrderCancellationAccepted 9001',
];

describe('topic.delimiter', () => {
  const records = recorded('21-topic-delimiter');

  it('is told by the pattern of the topics, which that of the boundaries follows', async () => {
    const source = { name: 'delim', topics: '{prefix}_{schema}_{table}' };
    const rig = await lived(records, { rules: await retailerRules(), source });
    expect(eventsOf(rig)).toEqual(expect.arrayContaining(LIVES));
    expect([openOf(rig), parkedOf(rig), linesOf(rig, '7001')]).toEqual([0, [], ['7001/1']]);
  });
});

const PARTS = ['oms.ord_line_2025', 'oms.ord_line_2026'];

/** The retailer's rules with lines that come from several physical tables. */
function withLines(rules: CompiledRules, tables: readonly string[]): CompiledRules {
  const replaced = (known: ReadonlyMap<string, TableDefinition>): Map<string, TableDefinition> =>
    new Map(
      [...known].map(([name, definition]) => {
        if (name !== 'oms.ord_line') return [name, definition];
        const columns = { ...definition.columns, part: legacy.physicalTable(tables).definition };
        return [name, { ...definition, columns }];
      }),
    );
  const aggregates = [...rules.aggregates].map(
    ([name, one]) => [name, { ...one, tables: replaced(one.tables) }] as const,
  );
  return { ...rules, tables: replaced(rules.tables), aggregates: new Map(aggregates) };
}

const partitioned = async (tables: readonly string[], source: SourceChanges): Promise<RigOptions> => {
  const { rules, digest } = await retailerRules();
  return { rules: { rules: withLines(rules, tables), digest }, source };
};

describe.each([
  ['22-leaf-partitions', 'parts', PARTS],
  ['22-leaf-partitions', 'parts', ['oms.ord_line_*']],
  ['22b-leaf-partitions-routed', 'routed', PARTS],
  ['22b-leaf-partitions-routed', 'routed', ['oms.ord_line_*']],
  ['22c-leaf-partitions-routed-bare', 'routedbare', ['oms.ord_line_*']],
])('%s of %s, declared as %j', (name, prefix, tables) => {
  it('is one table: END adds up, and orders have the lines of all leaves', async () => {
    const rig = await lived(recorded(name), await partitioned(tables, { name: prefix }));
    expect(eventsOf(rig)).toEqual(expect.arrayContaining([...LIVES, 'OrderAcceptedForFulfillment 7002']));
    expect([openOf(rig), parkedOf(rig)]).toEqual([0, []]);
    expect([linesOf(rig, '7001'), linesOf(rig, '9001')]).toEqual([['7001/1'], ['9001/1', '9001/2']]);
    expect([linesOf(rig, '7002'), linesOf(rig, '8002')]).toEqual([['7002/1'], ['8002/2']]);
  });

  it('whose rows are not all declared is refused, with what was found and what was expected', async () => {
    const options = await partitioned(['oms.ord_line_2025'], { name: prefix });
    const rig = new Rig(recorded(name), options);
    const end = await rig.live();
    if (prefix === 'parts') return expect(end).toEqual({ kind: 'drained' }); // a leaf of its own topic is another table
    return expect(end).toMatchObject({
      code: 'SOURCE_UNSUPPORTED',
      text: expect.stringMatching(/the table is oms\.ord_line_2026, expected oms\.ord_line_2025/) as string,
    });
  });
});

describe('leaves whose topic is not read yet', () => {
  it('are missed by END, so that their transactions wait', async () => {
    const records = recorded('22-leaf-partitions').filter(({ topic }) => !topic.endsWith('_2026'));
    const rig = await lived(records, await partitioned(['oms.ord_line_*'], { name: 'parts' }));
    expect(eventsOf(rig)).toEqual(['OrderAcceptedForFulfillment 7001']);
    expect(openOf(rig)).toBeGreaterThan(0);
  });
});

/** Orders of two shards; `shard` is part of the key or not. */
function shardRules(isInKey: boolean): CompiledRules {
  const columns = {
    ord_no: legacy.bigint(),
    sts: legacy.text().nullable(),
    shard: legacy.physicalTable({ 's1.ord': 'north', 's2.ord': 'south' }),
  };
  const apart = table('all.ord', { key: ['shard', 'ord_no'], columns });
  const together = table('all.ord', { key: ['ord_no'], columns });
  const order = isInKey
    ? aggregate('order', { header: one(apart, (row) => [row.shard, row.ord_no]) })
    : aggregate('order', { headers: many(together, (row) => row.ord_no) });
  return compileRuleSet(ruleSet({ aggregates: [order], facts: [], publications: [] }));
}

const shards = async (isInKey: boolean): Promise<Rig> =>
  lived(recorded('22d-shards-routed'), {
    rules: { rules: shardRules(isInKey), digest: 'd' },
    source: { name: 'shards' },
  });

describe('shards with the same keys, routed into one topic', () => {
  it('are told apart where the physical table is part of the key', async () => {
    const rig = await shards(true);
    const states = new Map(entriesOf(rig).map(({ id, state }) => [id, Object.values(state.rows['all.ord'] ?? {})]));
    expect([openOf(rig), parkedOf(rig)]).toEqual([0, []]);
    expect(states.get('south/1')).toEqual([{ ord_no: '1', sts: 'gone', shard: 'south' }]);
    expect(states.get('north/1')).toEqual([]);
    expect(states.get('north/3')).toEqual([{ ord_no: '3', sts: 'new', shard: 'north' }]);
  });

  it('park the aggregates concerned where it is not, with both tables in the text; others go on', async () => {
    const rig = await shards(false);
    expect(parkedOf(rig).sort()).toEqual([
      expect.stringMatching(
        /^1 ROW_KEY_CONFLICT: The row 1 of all\.ord came from (north|south), and now from (north|south)/,
      ),
      expect.stringMatching(/^3 ROW_KEY_CONFLICT/),
    ]);
    expect(entriesOf(rig).findLast(({ id }) => id === '2')?.outcome).toBe('baseline');
  });
});

describe('two declared tables with one topic', () => {
  it('are refused before anything is read', async () => {
    const rig = new Rig([], { rules: await retailerRules(), source: { topics: '{prefix}.{schema}{table}' } });
    expect(await rig.live()).toMatchObject({ kind: 'drained' });
    const options = await partitioned(['oms.ord_*'], {});
    expect(await new Rig(recorded('01-lifecycle'), options).live()).toMatchObject({
      code: 'CONFIG_INVALID',
      text: expect.stringMatching(
        /legacy\.oms\.ord_\w+ would have the rows of oms\.ord_\w+ and of oms\.ord_\w+/,
      ) as string,
    });
  });
});
