/** Texts that are put together by hand are those that `JSON.stringify` makes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameJson, recordJson, textJson, valueJson } from '../../../../src/domain/json-text.js';
import type { AggregateState } from '../../../../src/domain/state/aggregate-state.js';
import { EMPTY_STATE } from '../../../../src/domain/state/aggregate-state.js';
import type { Decision, RowSeen, Verdict } from '../../../../src/domain/state/journal-entry.js';
import type { ColumnValue, Row } from '../../../../src/domain/tables/table.js';
import { ColumnLists, rowOf, rowText } from '../../../../src/pipeline/state/column-lists.js';
import { cellKey } from '../../../../src/pipeline/state/cells.js';
import { changedParts, MEMORY } from '../../../../src/pipeline/state/parts.js';
import { journalRecord } from '../../../../src/pipeline/state/journal-entries.js';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom('"', '\\', '\ud800', '\u2028', '\u007f', 'ü'),
);
const value = fc.oneof(text, fc.constantFrom(null, true, false, -0, 1e300), fc.integer(), fc.double(), fc.jsonValue());
const row = fc.dictionary(text, value) as fc.Arbitrary<Row>;

describe('the text', () => {
  it('of a value or a name is that of JSON.stringify', () => {
    fc.assert(
      fc.property(value, text, (any, name) => {
        expect(valueJson(any)).toBe(JSON.stringify(any));
        expect([textJson(name), nameJson(name), nameJson(name)]).toEqual(Array(3).fill(JSON.stringify(name)));
      }),
    );
    expect(valueJson(undefined)).toBe('null');
  });

  it('of the key of a cell is that of JSON.stringify', () => {
    const field = fc.oneof(
      text,
      fc.tuple(text, text, text).map((parts) => parts.join('\t')),
    );
    fc.assert(
      fc.property(text, field, (hash, name) => {
        expect(cellKey({ hash, field: name })).toBe(JSON.stringify([hash, name]));
      }),
    );
  });

  it('of what is remembered beside the parts is that of JSON.stringify', () => {
    const counts = fc.dictionary(text, fc.nat());
    const state = fc.record(
      {
        ...{
          rows: fc.constant({}),
          fired: fc.dictionary(text, fc.record({ '': fc.nat() }, { noNullPrototype: true })),
        },
        ...{ sequences: counts, parked: fc.constant(null), at: fc.dictionary(text, text) },
        ...{ journal: fc.array(fc.nat()), timers: counts, forgotten: fc.array(text), isStub: fc.constant(undefined) },
        lastCommand: fc.record({ id: text, result: fc.constant('done'), text }),
      },
      { requiredKeys: ['rows', 'fired', 'sequences', 'parked', 'at'], noNullPrototype: true },
    ) as fc.Arbitrary<unknown> as fc.Arbitrary<AggregateState>;
    fc.assert(
      fc.property(state, (after) => {
        const once = Object.entries(after.fired).map(([fact, all]) => [fact, all['']]);
        const fired = once.length === 0 ? undefined : (Object.fromEntries(once) as unknown);
        const memory = { ...after, rows: undefined, parked: undefined, fired };
        expect(changedParts(null, after, new ColumnLists()).parts.get(MEMORY)).toBe(JSON.stringify(memory));
      }),
    );
  });

  it('of a record is that of JSON.stringify, with all of its fields or some', () => {
    const some = fc.array(text);
    fc.assert(
      fc.property(row, some, (record, names) => {
        const only = [...new Set([...Object.keys(record).filter((_, i) => i % 2 === 0), ...names])].filter(
          (name) => !/^\d|^__/.test(name),
        );
        expect(recordJson({ ...record, none: undefined })).toBe(JSON.stringify({ ...record, none: undefined }));
        const picked = Object.fromEntries(
          only.flatMap((name) => (Object.hasOwn(record, name) ? [[name, record[name]]] : [])),
        );
        expect(recordJson(record, only)).toBe(JSON.stringify(picked));
      }),
    );
    expect(recordJson({ a: 1 }, ['constructor', 'a'])).toBe('{"a":1}');
  });

  it('of a row is its list and its values, and is read again as the row', () => {
    const lists = new ColumnLists();
    fc.assert(
      fc.property(row, (columns) => {
        const written = rowText(columns, lists);
        expect(written).toBe(JSON.stringify([lists.idOf(Object.keys(columns)), ...Object.values(columns)]));
        expect(JSON.stringify(rowOf(written, lists))).toBe(JSON.stringify(columns));
      }),
    );
  });
});

/** As an entry was made of objects. */
function whole(
  { before, decision, changed, events: published }: Parameters<typeof journalRecord>[1],
  previous: readonly number[],
  seal: ((text: string) => string) | null,
): string {
  const { aggregate, id, origin, outcome, command, refusal, rows, verdicts, looked, digest, state } = decision;
  const of = (from: AggregateState | null, { table, key }: RowSeen): Row | undefined => from?.rows[table]?.[key];
  const columns = (from: Row, names: readonly string[]): Row =>
    Object.fromEntries(
      names.flatMap((name): [string, ColumnValue][] => (from[name] === undefined ? [] : [[name, from[name]]])),
    );
  const told = (outcome === 'forgotten' ? [] : rows).map((seen) => {
    const { table, key, op, changed: names } = seen;
    const [was, is] = [of(before, seen), of(state, seen)];
    if (was === is || (op === 'u' && was !== undefined && is !== undefined && names.length === 0))
      return { table, key, op };
    if (was === undefined || is === undefined || names.length === 0) return { table, key, op, was, is };
    return { table, key, op, was: columns(was, names), is: columns(is, names) };
  });
  const short = verdicts.map((verdict) =>
    verdict.verdict === 'unmet'
      ? {
          ...verdict,
          occurrence: verdict.occurrence || undefined,
          unmet: verdict.unmet.length > 0 ? verdict.unmet : undefined,
          unknown: verdict.unknown.length > 0 ? verdict.unknown : undefined,
        }
      : { ...verdict, occurrence: verdict.occurrence || undefined },
  );
  expect(changed).toEqual([]);
  const parts = { v: 2, aggregate, id, origin, outcome, command, refusal: refusal ?? undefined };
  const more = published.length === 0 ? {} : { events: eventsTold };
  const values = { rows: told, verdicts: short, looked };
  if (seal === null) return JSON.stringify({ ...parts, ...values, digest, previous, ...more });
  const open = {
    rows: told.map(({ table, key, op }) => ({ table, key, op })),
    verdicts: short.map((verdict) => ({ ...verdict, values: undefined })),
  };
  return JSON.stringify({ ...parts, ...open, digest, previous, sealed: seal(JSON.stringify({ ...values, ...more })) });
}

const events: Parameters<typeof journalRecord>[1]['events'] = [
  { topic: 'events', key: '4711 "ü"', headers: { ce_type: 'order.placed', ce_source: 'retailer' }, value: { id: 'ü' } },
] as never;
const eventsTold = [{ topic: 'events', key: '4711 "ü"', type: 'order.placed', source: 'retailer', value: { id: 'ü' } }];

it('an entry of the journal is the text that JSON.stringify makes of it', () => {
  const name = fc.constantFrom('order', 'public.ord_hdr', 'sts_cd', 'ö"', 'amount');
  const rows = fc.dictionary(name, fc.dictionary(name, fc.dictionary(name, value))) as fc.Arbitrary<
    AggregateState['rows']
  >;
  const seen = fc.record({
    table: name,
    key: name,
    op: fc.constantFrom('c', 'u', 'd', 'r'),
    changed: fc.uniqueArray(name),
  });
  const base = { fact: name, occurrence: fc.oneof(fc.constant(''), text) };
  const ordered = (verdict: Verdict): Verdict => {
    const { fact, verdict: word, occurrence, ...more } = verdict;
    return { fact, verdict: word, occurrence, ...more } as Verdict;
  };
  const verdict = fc
    .oneof(
      fc.record({ ...base, verdict: fc.constant('unmet'), unmet: fc.array(name), unknown: fc.array(name) }),
      fc.record({ ...base, verdict: fc.constant('already') }),
      fc.record({ ...base, verdict: fc.constant('fired'), values: fc.dictionary(name, value) }),
      fc.record({ ...base, verdict: fc.constant('withheld'), contract: name, reason: text }),
    )
    .map((made) => ordered(made as Verdict));
  const origin = fc.record({
    source: name,
    position: fc.option(text),
    transactionId: fc.option(text),
    commitTimeMs: fc.nat(),
  });
  const refusal = fc.option(fc.record({ code: fc.constant('ROW_INVALID' as const), text }));
  const looked = fc.option(fc.dictionary(name, fc.dictionary(name, value)), { nil: undefined });
  const decision = fc.record({
    ...{ aggregate: name, id: text, origin, outcome: fc.constantFrom('applied', 'parked', 'forgotten'), refusal },
    ...{ rows: fc.array(seen), verdicts: fc.array(verdict), events: fc.constant([]), digest: text, looked },
    state: rows.map((after) => ({ ...EMPTY_STATE, rows: after })),
  }) as unknown as fc.Arbitrary<Decision>;
  const seal = fc.constantFrom(null, (hidden: string) => Buffer.from(hidden).toString('base64'));
  const before = fc.option(rows.map((was) => ({ ...EMPTY_STATE, rows: was })));
  fc.assert(
    fc.property(decision, before, fc.array(fc.nat()), seal, fc.boolean(), (decided, was, previous, hide, published) => {
      const made = { before: was, decision: decided, events: published ? events : [], changed: [] };
      const { value: written } = journalRecord('journal', made, previous, hide);
      expect(written).toBe(whole(made, previous, hide));
    }),
  );
});
