/** The verdict of the fault suite must be able to fail: each class is produced from a right answer that is damaged. */
import { describe, expect, it } from 'vitest';
import { compare } from '../../e2e/compare.js';
import type { PublishedRecord } from '../../e2e/published.js';
import { CLASSES, errorCount, findings, lostByConnector, type ErrorClass, type Evidence } from '../../faults/check.js';
import { coordinatorPartition } from '../../faults/cluster.js';
import { asJson, cases, MARKERS, report, withLastRun } from '../../faults/report.js';
import type { FaultsResult } from '../../faults/run.js';
import { expected, names, right } from '../../support/pipeline/published-orders.js';

const valueOf = ({ value }: PublishedRecord) => JSON.parse(value) as { eventId: string; orderId: string };
const withValue = (record: PublishedRecord, change: object): PublishedRecord => ({
  ...record,
  value: JSON.stringify({ ...valueOf(record), ...change }),
});

const journalOf = (records: readonly PublishedRecord[]): Evidence['journal'] => ({
  events: records.map((record) => [valueOf(record).eventId, `order:${valueOf(record).orderId}`] as const),
});

function evidence(committed: readonly PublishedRecord[], more: Partial<Evidence> = {}): Evidence {
  return {
    differences: compare({ expected, committed, aborted: [], names }),
    ...{ expected, committed, journal: journalOf(right()) },
    ...{ parkedDifferently: [], wrongStates: [], stuck: [], notTogether: [], ownEnds: [] },
    arrived: new Map<string, number>(),
    ...more,
  };
}

function counted(from: Evidence): Partial<Record<ErrorClass, number>> {
  const found = Object.entries(findings(from)).filter(([, list]) => list.length > 0);
  return Object.fromEntries(found.map(([name, list]) => [name, list.length]));
}

describe('the verdict', () => {
  it('finds nothing in the right answer', () => {
    expect(errorCount(findings(evidence(right())))).toBe(0);
    expect(Object.keys(findings(evidence(right())))).toEqual(Object.keys(CLASSES));
  });

  it('sees an event that is lost, and with it the half of its Kafka transaction', () => {
    const at = expected.findIndex(({ occurrence }) => occurrence === '81');
    const left = right().filter((_, index) => index !== at);
    expect(counted(evidence(left))).toMatchObject({ lost: 1, 'half transaction': 1, 'sequence gap': 1 });
  });

  it.each(['81', '32'])('tells what the connector lost before Kafka apart, by the rows that END counts: %s', (lost) => {
    const at = expected.findIndex(({ occurrence }) => occurrence === lost);
    const { txid, commitEndLsn, rows } = expected[at]!.causation;
    const left = right().filter((_, index) => index !== at);
    const counted = (arrived: number) => {
      const found = evidence(left, {
        journal: journalOf(left),
        arrived: new Map([[`${txid}:${commitEndLsn}`, arrived]]),
      });
      const { lost: own, 'half transaction': half } = findings(found);
      return [lostByConnector(found).length, own.length, half.length];
    };
    expect(counted(rows - 1)).toEqual([1, 0, 0]);
    expect(counted(rows)).toEqual([0, 1, lost === '32' ? 1 : 0]);
  });

  it('sees that some events of a source transaction are there and others are not', () => {
    const at = expected.findIndex(({ occurrence }) => occurrence === '32');
    const left = right().filter((_, index) => index !== at);
    const found = findings(evidence(left, { journal: journalOf(left) }));
    expect(found['half transaction']).toEqual(['source transaction 104: 1 events are there, 1 are not']);
  });

  it('tells a repeated event from a fact that has two ids', () => {
    const again = { ...right()[0]!, offset: 1_000 };
    expect(counted(evidence([...right(), again]))).toEqual({ 'duplicate, equal id': 1 });
    const other = withValue(again, { eventId: 'other' });
    expect(counted(evidence([...right(), other]))).toMatchObject({
      'duplicate, other id': 1,
      'half transaction': 1, // and no journal entry tells of it
    });
  });

  it('sees an event that no journal entry tells of, and one that two tell of', () => {
    expect(counted(evidence(right(), { journal: journalOf(right().slice(1)) }))).toEqual({ 'half transaction': 1 });
    const twice = journalOf([...right(), right()[0]!]);
    expect(counted(evidence(right(), { journal: twice }))).toEqual({ 'half transaction': 1 });
  });

  it('sees a wrong number and wrong content', () => {
    const [first, ...others] = right();
    expect(counted(evidence([withValue(first!, { sequence: 9 }), ...others]))).toEqual({
      'sequence gap': 1,
      'wrong content': 1,
    });
    expect(counted(evidence([withValue(first!, { market: 'XX' }), ...others]))).toEqual({ 'wrong content': 1 });
  });

  it('counts what was seen on the way', () => {
    const seen = {
      stuck: ['a'],
      ownEnds: ['b'],
      wrongStates: ['c', 'd'],
      parkedDifferently: ['e'],
      notTogether: ['f'],
    };
    const counts = { stuck: 1, 'own end': 1, 'wrong state': 2, 'wrongly parked': 1, 'not at once': 1 };
    expect(counted(evidence(right(), seen))).toEqual(counts);
  });
});

describe('the report', () => {
  const rows = [
    { nemesis: 'redis-kill' as const, times: 2, togetherMs: [], recoveredMs: [4_000, 1_000, 2_000], events: 4 },
    { nemesis: 'a+b' as never, times: 1, togetherMs: [700], recoveredMs: [], events: 1 },
  ];
  const result = (from: Evidence): FaultsResult => ({
    ...{ seed: 3, startedAt: '2026-11-21T20:00:00.000Z', elapsedMs: 90_000, rows, versions: { Kafka: '4' } },
    ...{
      findings: findings(from),
      lostBefore: lostByConnector(from),
      counts: { 'events checked': 6 },
      verdict: undefined as never,
    },
  });

  it('shows median and longest recovery, events outside of strikes, and every class', () => {
    const text = report(result(evidence(right())));
    expect(text).toMatch(/\| redis-kill +\| 2 +\| +\| 2\.0 \/ 4\.0 +\| 4 /);
    expect(text).toMatch(/\| a\+b +\| 1 +\| 0\.7 \/ 0\.7 +\| never +\| 1 /);
    expect(text).toContain('1 nemeses alone, 1 pairs at once');
    expect(text).toMatch(/\| before the first and while draining +\| +\| +\| +\| 1 /);
    expect(text).toMatch(/\| all +\| 3 +\| +\| +\| 6 /);
    for (const name of Object.keys(CLASSES)) expect(text).toContain(`| ${name} `);
    expect(text).toContain('Seed 3');
    expect(text).not.toContain('Lost by the connector');
  });

  it('names the cases of each class, and says how many more there are', () => {
    const text = cases(result(evidence([])), 2);
    expect(text).toContain('lost:\n  OrderAcceptedForFulfillment of order 1 (once)\n');
    expect(text).toContain('  ... and 6 more');
    expect(JSON.parse(asJson(result(evidence([]))))).toMatchObject({ errors: 16, seed: 3 });
  });

  it('goes between the markers of a page, and nowhere else', () => {
    const page = `# Page\n${MARKERS.begin}\nold\n${MARKERS.end}\nend\n`;
    const once = withLastRun(page, result(evidence(right())));
    expect(once).toMatch(/^# Page\n/);
    expect(once).toMatch(/\nend\n$/);
    expect(once).not.toContain('old');
    expect(withLastRun(once, result(evidence(right())))).toBe(once);
    expect(() => withLastRun('nothing', result(evidence(right())))).toThrow(RangeError);
  });
});

describe('the coordinator of an id', () => {
  it('is found as the broker finds it: the hash of a Java string', () => {
    expect(coordinatorPartition('', 4)).toBe(0);
    expect(coordinatorPartition('hello', 50)).toBe(99_162_322 % 50);
    expect(coordinatorPartition('polygenelubricants', 50)).toBe(0); // its hash is the smallest int
  });
});
