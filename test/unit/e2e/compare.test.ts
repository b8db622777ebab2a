/** The comparison of the end-to-end run must be able to fail: each kind of damage is done to a right answer and has to be seen. */
import { describe, expect, it } from 'vitest';
import { compare, differenceCount, type Differences } from '../../e2e/compare.js';
import type { PublishedRecord } from '../../e2e/published.js';
import { expect as oracle } from '../../../legacy-db/oracle/expected-events.js';
import { expected, names, published, right } from '../../support/pipeline/published-orders.js';
import { clearOrder, created, header, tx } from '../legacy-db/histories.js';

function differences(committed: readonly PublishedRecord[], aborted: readonly PublishedRecord[] = []): Differences {
  return compare({ expected, committed, aborted, names });
}

const counts = (found: Differences): Record<string, number> =>
  Object.fromEntries(
    Object.entries(found).flatMap(([kind, list]: [string, readonly string[]]) =>
      list.length === 0 ? [] : [[kind, list.length]],
    ),
  );

const indexOf = (occurrence: string): number => expected.findIndex((event) => event.occurrence === occurrence);

function altered(at: number, change: (value: Record<string, unknown>) => void): PublishedRecord[] {
  const records = right();
  const value = JSON.parse(records[at]!.value) as Record<string, unknown>;
  change(value);
  records[at] = { ...records[at]!, value: JSON.stringify(value) };
  return records;
}

function withHeader(at: number, name: string, value: string): PublishedRecord[] {
  const records = right();
  records[at] = { ...records[at]!, headers: { ...records[at]!.headers, [name]: value } };
  return records;
}

describe('the comparison with what is overdue', () => {
  const overdue = oracle([tx(1, created('ord_hdr', header('3'))), tx(9, ...clearOrder('4'))], 0, {
    acceptedWithinMs: 5,
  }).events;
  const records = (change: (value: Record<string, unknown>) => void = () => undefined): PublishedRecord[] =>
    published(overdue, change);
  const found = (committed: readonly PublishedRecord[]): Record<string, number> =>
    counts(compare({ expected: overdue, committed, aborted: [], names }));

  it('finds nothing in the right answer, and sees one that is lost, another instant, and another cause', () => {
    expect(overdue.map(({ eventType }) => eventType)).toContain('OrderAcceptanceOverdue');
    expect(found(records())).toEqual({});
    expect(found(records().slice(1))).toEqual({ missing: 1 });
    expect(found(records((value) => 'dueAt' in value && (value['dueAt'] = 'later')))).toMatchObject({ unexpected: 1 });
    expect(found(records((value) => (value['causationId'] = 'legacy:1:2')))).toEqual({ wrongContent: 2 });
  });
});

describe('the comparison', () => {
  it('finds nothing in the right answer, in whatever order its partitions are read', () => {
    expect(expected).toHaveLength(8);
    expect(differenceCount(differences(right()))).toBe(0);
    expect(differenceCount(differences(right().reverse()))).toBe(0);
  });

  it('sees a lost event, at the end of an order and before others', () => {
    expect(counts(differences(right().slice(0, -1)))).toEqual({ missing: 1 });
    expect(differences(right().filter((_, at) => at !== indexOf('70'))).missing).toEqual([
      'OrderReleasedToWarehouse of order 1 (70)',
    ]);
    expect(counts(differences([]))).toEqual({ missing: 8 });
  });

  it('sees an event that is there twice, with the same id and with another', () => {
    const again = { ...right()[0]!, offset: 1_000 };
    expect(counts(differences([...right(), again]))).toEqual({ repeated: 1 });
    const value = JSON.stringify({ ...(JSON.parse(again.value) as object), eventId: 'other' });
    expect(counts(differences([...right(), { ...again, value }]))).toMatchObject({ twice: 1 });
  });

  it('takes a repeat that says so for one, and holds it against what is expected all the same', () => {
    const marked = { 'dragoman-repeat': '3f2b8f1e-7a52-4c0e-9d7e-0c1a5a4b6d11' };
    const again = { ...right()[0]!, offset: 1_000, headers: { ...right()[0]!.headers, ...marked } };
    expect(counts(differences([...right(), again]))).toEqual({});
    const value = JSON.stringify({ ...(JSON.parse(again.value) as object), currency: 'XXX' });
    expect(counts(differences([...right(), { ...again, value }]))).toEqual({ wrongContent: 1 });
    const other = JSON.stringify({ ...(JSON.parse(again.value) as object), eventId: 'other' });
    expect(counts(differences([...right(), { ...again, value: other }]))).toMatchObject({ twice: 1 });
  });

  it('sees one id that stands for two occurrences', () => {
    const [first, second] = [right()[0]!, indexOf('70')];
    const id = (JSON.parse(first.value) as { eventId: string }).eventId;
    expect(differences(altered(second, (value) => (value['eventId'] = id))).twice).toHaveLength(1);
  });

  it('sees an event of which the oracle knows nothing, and a record that cannot be read', () => {
    const extra = altered(indexOf('70'), (value) => (value['releaseNumber'] = '71'));
    expect(counts(differences(extra))).toEqual({ missing: 1, unexpected: 1 });
    expect(counts(differences([...right(), { ...right()[0]!, offset: 99, value: '{' }]))).toEqual({ unexpected: 1 });
  });

  it('sees two events of an order that changed places', () => {
    const records = right();
    const [a, b] = [indexOf('70'), expected.findIndex(({ eventType }) => eventType === 'OrderCancellationAccepted')];
    const [first, second] = [records[a]!, records[b]!];
    records[a] = { ...first, offset: second.offset };
    records[b] = { ...second, offset: first.offset };
    expect(differences(records).outOfOrder.length).toBeGreaterThan(0);
    const numbers = new Map(
      [first, second].map((record) => [record, JSON.parse(record.value) as { sequence: number }]),
    );
    const renumbered = records.map((record, at) => {
      if (at !== a && at !== b) return record;
      const value = numbers.get(at === a ? first : second)!;
      const { sequence } = numbers.get(at === a ? second : first)!;
      return { ...record, value: JSON.stringify({ ...value, sequence }) };
    });
    expect(differences(renumbered).outOfOrder).toHaveLength(1); // numbered rightly, but not in commit order
  });

  it('sees more rule sets than took part', () => {
    const two = withHeader(0, 'ce_rulesdigest', 'def');
    expect(counts(differences(two))).toEqual({ wrongContent: 1 });
    expect(counts(compare({ expected, committed: two, aborted: [], names, ruleSetsMax: 2 }))).toEqual({});
  });

  it('sees an order on two partitions, and a gap in its numbers', () => {
    const records = right();
    records[indexOf('31')] = { ...records[indexOf('31')]!, partition: 5 };
    expect(differences(records).outOfOrder).toEqual(['order 1 is on partitions 0, 5']);
    expect(differences(altered(indexOf('31'), (value) => (value['sequence'] = 5))).misnumbered).toHaveLength(1);
  });

  it.each([
    'eventId',
    'schemaVersion',
    'occurredAt',
    'correlationId',
    'causationId',
    'tenant',
    'market',
    'channel',
    'sourceSystem',
    'currency',
    'totalAmount',
    'lines',
    'shippingCountry',
  ])('sees an altered %s', (field) => {
    expect(counts(differences(altered(0, (value) => (value[field] = 'other'))))).toEqual({ wrongContent: 1 });
  });

  it('sees a field too many, a field too few and a changed line', () => {
    expect(differences(altered(0, (value) => (value['customer'] = 'Ann'))).wrongContent).toHaveLength(1);
    expect(differences(altered(0, (value) => delete value['currency'])).wrongContent).toHaveLength(1);
    const lines = (value: Record<string, unknown>): void =>
      void ((value['lines'] as { unitPrice: string }[])[0]!.unitPrice = '10');
    expect(differences(altered(0, lines)).wrongContent).toHaveLength(1);
  });

  it.each(Object.keys(right()[0]!.headers))('sees an altered header %s', (name) => {
    expect(counts(differences(withHeader(0, name, 'other')))).toEqual({ wrongContent: 1 });
  });

  it('sees a wrong key and a header too many', () => {
    const records = right();
    records[0] = { ...records[0]!, key: '3' };
    expect(counts(differences(records))).toEqual({ wrongContent: 1 });
    expect(counts(differences(withHeader(0, 'traceparent', 'x')))).toEqual({ wrongContent: 1 });
  });

  it('sees that an aborted record gave its occurrence another id', () => {
    const [first] = altered(0, (value) => (value['eventId'] = 'other'));
    expect(differenceCount(differences(right(), [right()[0]!]))).toBe(0);
    expect(counts(differences(right(), [first!]))).toEqual({ wrongContent: 1 });
  });

  it('leaves the place in the log out where the oracle does not know it, and nothing else', () => {
    const unplaced = { ...names, knowsPlaces: false };
    const found = (committed: PublishedRecord[]): Record<string, number> =>
      counts(compare({ expected, committed, aborted: [], names: unplaced }));
    expect(found(right())).toEqual({});
    expect(found(altered(0, (value) => (value['causationId'] = 'legacy:101:000002:44:7')))).toEqual({});
    expect(found(altered(0, (value) => (value['causationId'] = 'legacy:102:000002:44:7')))).toEqual({
      wrongContent: 1,
    });
    expect(found(withHeader(0, 'ce_causationid', 'legacy:102:1'))).toEqual({ wrongContent: 1 });
  });
});
