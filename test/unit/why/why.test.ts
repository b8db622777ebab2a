/** "Why" over recorded orders: what happened and because of what, what did not and why not, each reason told from the others. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../src/adapters/files/rules-loader.js';
import { compileIntervention } from '../../../src/rules/interventions/compile-interventions.js';
import { intervention } from '../../../src/rules/interventions/intervention.js';
import type { HeldTransaction, Outside } from '../../../src/why/outside.js';
import { answerLines } from '../../../src/why/words.js';
import { asked, factIn } from '../../support/why/asked.js';
import { commandOf } from '../../support/pipeline/commands.js';
import { CutRecording } from '../../support/recorded/cut.js';
import { isStreamedRow } from '../../support/recorded/histories.js';
import { edited, envelopeOf, readRecording } from '../../support/recordings.js';
import { retailerRules, Rig } from '../../support/rig.js';
import {
  hdrRow,
  lineRow,
  readyRules,
  SMALL_SOURCE_MS,
  SmallSource,
  type WrittenRow,
} from '../../support/sources/ready-orders.js';

const ACCEPTED = 'OrderAcceptedForFulfillment';
const RELEASED = 'OrderReleasedToWarehouse';

let rules: LoadedRules;
let rig: Rig;
beforeAll(async () => {
  rules = await retailerRules();
  rig = new Rig(readRecording('postgres/01-lifecycle'), { rules });
  await rig.live();
});

describe('a fact that happened', () => {
  it('is told with what came true, by which rows of which transaction, and where its event stands', async () => {
    const answer = await asked(rig, { id: '900020' });
    expect(answer).toMatchObject({ standing: 'live', historyEnd: 'begin', historyMissing: 0, parked: null });
    const { occurrences, misses } = factIn(answer, ACCEPTED);
    expect(misses).toEqual([]);
    expect(occurrences).toMatchObject([
      {
        how: 'published',
        origin: { source: 'legacy', transaction: '1754', position: '72216608' },
        cameTrue: ['shipping address is valid'],
        withheld: [],
      },
    ]);
    expect(occurrences[0]?.rows).toContainEqual({
      ...{ table: 'oms.ord_hdr', key: '900020', op: 'u' },
      ...{ was: { addr_ok_flg: 'open' }, is: { addr_ok_flg: 'valid' } },
    });
  });

  it('has for every event the place at which it was published', async () => {
    const { topic } = { topic: rules.rules.topics[0] ?? '' };
    let count = 0;
    for (const id of new Set(rig.published().map(({ key }) => key))) {
      const { facts } = await asked(rig, { id });
      const events = facts.flatMap(({ occurrences }) => occurrences.flatMap((each) => each.events));
      const published = rig.log
        .partitionsOf(topic)
        .flatMap((name, partition) => rig.log.records(name).map((record) => ({ ...record, partition })))
        .filter(({ key }) => key === id)
        .map(({ partition, offset, headers }) => ({ id: headers['ce_id'], partition, offset }));
      const told = events.map(({ id: event, partition, offset }) => ({ id: event, partition, offset }));
      expect(told.sort((a, b) => Number(a.offset) - Number(b.offset))).toEqual(published);
      count += told.length;
    }
    expect(count).toBe(rig.published().length);
    expect(count).toBeGreaterThan(20);
  });

  it('says whether a group has read it, by the offset that it has committed', async () => {
    const place = factIn(await asked(rig, { id: '900020' }), ACCEPTED).occurrences[0]!.events[0]!;
    const at = (next: number | null) =>
      asked(
        rig,
        { id: '900020', event: ACCEPTED, group: 'warehouse' },
        {
          committed: () => Promise.resolve(new Map(next === null ? [] : [[`${place.topic}/${place.partition}`, next]])),
        },
      );
    const reader = async (next: number | null) => (await at(next)).facts[0]?.occurrences[0]?.events[0]?.reader;
    const offset = Number(place.offset);
    expect(await reader(offset + 1)).toEqual({ group: 'warehouse', next: offset + 1, isRead: true, behind: 0 });
    expect(await reader(offset - 2)).toEqual({ group: 'warehouse', next: offset - 2, isRead: false, behind: 3 });
    expect(await reader(null)).toEqual({ group: 'warehouse', next: null, isRead: false, behind: null });

    const question = { id: '900020', event: ACCEPTED, group: 'warehouse' };
    const wordsWith = async (changes: Partial<Outside>): Promise<string> =>
      [...answerLines(await asked(rig, question, changes))].join('\n');
    expect(await wordsWith({ committed: () => Promise.resolve(null) })).toContain(
      'nobody knows here how far groups are',
    );
    expect(await wordsWith({ places: (wanted) => Promise.resolve(wanted.map(() => null)) })).toContain(
      'its place was not found, or not looked for (--event asks about fewer)',
    );
  });
});

describe('a fact that did not happen', () => {
  it('shows the condition that does not hold, the value seen, and who wrote it', async () => {
    const cut = new CutRecording('postgres/01-lifecycle');
    const early = new Rig(cut.between(0, 20), { rules });
    await early.live();
    let [byTransaction, bySnapshot] = [0, 0];
    for (const [name, state] of early.states()) {
      if (!name.startsWith('order:') || ACCEPTED in state.fired) continue;
      const [miss, ...others] = factIn(await asked(early, { id: name.slice(6) }), ACCEPTED).misses;
      expect(others).toEqual([]);
      if (miss?.why !== 'unmet') continue;
      for (const { holds, reads } of miss.conditions) {
        if (holds !== false) continue;
        const [{ table, key, column, value, wrote } = reads[0]!] = reads;
        const stored = column === null ? undefined : state.rows[table]?.[key ?? '']?.[column];
        if (column !== null) expect(value).toEqual(stored);
        if (wrote.kind === 'snapshot') bySnapshot += 1;
        if (wrote.kind !== 'entry') continue;
        byTransaction += 1;
        const entry = early.journal().find(({ origin }) => origin.transactionId === wrote.origin.transaction)!;
        expect(entry.rows.some((row) => row.table === table && (key === null || row.key === key))).toBe(true);
      }
    }
    expect(byTransaction).toBeGreaterThan(3);
    expect(bySnapshot).toBeGreaterThan(3);
  });

  it('about rows shows the row that is nearest, or that there is none', async () => {
    const answer = await asked(rig, { id: '900002' });
    expect(factIn(answer, RELEASED).misses).toMatchObject([{ why: 'no row', row: null }]);
    expect(factIn(answer, 'RefundInitiated').misses[0]).toMatchObject({
      why: 'unmet',
      row: '1',
      conditions: [
        { name: 'payment step is a refund', holds: false, reads: [{ column: 'pay_typ', value: 'authorisation' }] },
        { name: 'payment step has not failed', holds: true, reads: [] },
      ],
    });
  });

  it('is asked for by its event, or by its own name', async () => {
    expect((await asked(rig, { id: '900002', event: RELEASED })).facts.map(({ fact }) => fact)).toEqual([RELEASED]);
    await expect(asked(rig, { id: '900002', event: 'OrderRelease' })).rejects.toThrow(/There are: .*OrderReleased/);
  });
});

describe('an order', () => {
  it('that nobody ever heard of is told as such', async () => {
    expect(await asked(rig, { id: '1' })).toMatchObject({
      standing: 'unknown',
      facts: [],
      seen: [],
      historyEnd: 'none',
    });
  });

  it.each(['abc', '1/2', '', '12%'])('cannot have the id "%s"', async (id) => {
    await expect(asked(rig, { id })).rejects.toMatchObject({ code: 'COMMAND_INVALID' });
  });

  it('of a type that the rules do not have is refused, with the ones that they have', async () => {
    await expect(asked(rig, { aggregate: 'ordre', id: '1' })).rejects.toThrow(/did you mean order\?.*They have: order/);
  });

  it('of which only a snapshot told has no facts, and what held already is not asked', async () => {
    const cut = new CutRecording('postgres/01-lifecycle');
    const early = new Rig(cut.between(0, 1), { rules });
    await early.live();
    const baseline = [...early.states()].filter(([, { at }]) => Object.keys(at).length === 0);
    expect(baseline.length).toBeGreaterThan(3);
    const whys = new Set<string | undefined>();
    for (const [name] of baseline) {
      const answer = await asked(early, { id: name.slice('order:'.length) });
      expect(answer).toMatchObject({ standing: 'baseline', seen: [] });
      whys.add(factIn(answer, ACCEPTED).misses[0]?.why);
    }
    expect(whys).toEqual(new Set(['unmet', 'not asked']));
  });

  it('that is parked says by what, since when, and what waits', async () => {
    const records = readRecording('postgres/02-interleaved');
    const isHeader = (record: (typeof records)[number]): boolean =>
      record.topic === 'legacy.oms.ord_hdr' && isStreamedRow(record);
    const bad = records.find((record) => isHeader(record) && envelopeOf(record).op === 'u')!;
    const parked = new Rig(
      records.map((record) => (record === bad ? edited(record, ({ after }) => (after!.sts_cd = '77')) : record)),
      { rules },
    );
    await parked.live();
    const [name = ''] = Object.keys(parked.parked());
    const answer = await asked(parked, { id: name.slice('order:'.length) });
    const state = parked.states().get(name)!.parked!;
    expect(answer).toMatchObject({
      standing: 'parked',
      parked: {
        ...{ code: 'CODE_UNKNOWN', since: new Date(state.sinceMs).toISOString(), changeSets: state.waiting.length },
        first: expect.stringMatching(/^legacy:\d+:\d+$/) as string,
      },
    });
    expect(answer.seen.map(({ outcome }) => outcome)).toContain('parked');
  });

  it('that was forgotten says so, and shows nothing', async () => {
    const forgotten = new Rig(readRecording('postgres/01-lifecycle'), { rules });
    await forgotten.live();
    forgotten.command(commandOf({ kind: 'forget', arguments: { aggregate: 'order', id: '900020' } }));
    await forgotten.live();
    const answer = await asked(forgotten, { id: '900020' });
    expect(answer.standing).toBe('forgotten');
    expect(factIn(answer, ACCEPTED).occurrences).toMatchObject([{ how: 'published' }]);
  });
});

const update = (id: string, sts: string, note = 'n') => ({ ...hdrRow(id, sts, note), op: 'u' as const });
const lived = async (source: SmallSource, options: ConstructorParameters<typeof Rig>[1]): Promise<Rig> => {
  const small = new Rig(source.records, options);
  await small.live();
  return small;
};

describe('other reasons', () => {
  it('a publication withholds it, in its own words', async () => {
    const withholding = readyRules({ map: (_, { withhold }) => withhold('internal orders are told nobody') });
    const small = await lived(new SmallSource().transaction(hdrRow('1', 'READY')), { rules: withholding });
    expect(factIn(await asked(small, { id: '1' }), 'OrderReady').occurrences).toMatchObject([
      {
        how: 'withheld',
        events: [],
        withheld: [{ contract: 'OrderReady', reason: 'internal orders are told nobody' }],
      },
    ]);
  });

  it('it happened in an intervention', async () => {
    const fix = intervention('the fix of May', {
      within: { from: '2023-01-01T00:00:00Z', until: '2024-01-01T00:00:00Z' },
    });
    const { rules: plain, digest } = readyRules();
    const fixed = { rules: { ...plain, interventions: [compileIntervention(fix)] }, digest };
    const small = await lived(new SmallSource().transaction(hdrRow('1', 'READY')), { rules: fixed });
    const answer = await asked(small, { id: '1' });
    expect(factIn(answer, 'OrderReady').occurrences).toMatchObject([{ how: 'learnt', intervention: 'the fix of May' }]);
    expect(answer.seen).toMatchObject([{ outcome: 'learnt', intervention: 'the fix of May' }]);
  });

  it('the rule did not exist then', async () => {
    const source = new SmallSource().transaction(hdrRow('1', 'READY'));
    const { rules: all } = readyRules();
    const order = all.aggregates.get('order')!;
    const before = { ...all, aggregates: new Map([['order', { ...order, facts: [] }]]) };
    const first = await lived(source, { rules: { rules: before, digest: 'a'.repeat(16) } });
    const now = { rules: all, digest: 'b'.repeat(16) };
    const asLastDecided = await asked(first, { id: '1' }, {}, now);
    expect(factIn(asLastDecided, 'OrderReady')).toMatchObject({ occurrences: [], misses: [{ why: 'newer rule' }] });
    expect(asLastDecided.rules).toEqual({
      asked: 'b'.repeat(16),
      running: 'a'.repeat(16),
      last: 'a'.repeat(16),
      kept: null,
    });

    const second = new Rig(source.transaction(update('1', 'READY', 'm')).records, { rules: now });
    second.goOnFrom(first);
    await second.live();
    expect(factIn(await asked(second, { id: '1' }), 'OrderReady').occurrences).toMatchObject([{ how: 'newer rule' }]);
  });

  it('the condition throws', async () => {
    const throwing = readyRules({
      when: ({ header }) => {
        if (header?.sts === 'BAD') throw new RangeError('no');
        return false;
      },
    });
    const small = await lived(new SmallSource().transaction(hdrRow('1', 'OPEN')).transaction(update('1', 'BAD')), {
      rules: throwing,
    });
    const answer = await asked(small, { id: '1' });
    expect(answer).toMatchObject({ standing: 'parked', parked: { code: 'RULE_THREW' } });
    expect(factIn(answer, 'OrderReady').misses).toMatchObject([{ conditions: [{ holds: false }] }]);
  });

  it('it is retired', async () => {
    const DAY = 86_400_000;
    const retiring = readyRules({ retire: { when: ({ header }) => header?.sts === 'DONE', after: '10 days' } });
    const source = new SmallSource()
      .transaction(hdrRow('1', 'READY'))
      .transaction(update('1', 'DONE'))
      .later(20 * DAY)
      .transaction(hdrRow('2', 'OPEN'));
    const small = await lived(source, { rules: retiring, nowMs: SMALL_SOURCE_MS + 100 * DAY });
    const answer = await asked(small, { id: '1' });
    expect(answer).toMatchObject({ standing: 'retired', historyEnd: 'begin' });
    expect(factIn(answer, 'OrderReady').occurrences).toMatchObject([
      { how: 'published', cameTrue: ['status is READY'] },
    ]);
    expect(answer.seen.map(({ outcome }) => outcome)).toEqual(['retired', 'applied', 'applied']);
  });

  it('it is retired, and what its rows were is not known any more', async () => {
    const DAY = 86_400_000;
    const retiring = readyRules({ retire: { when: ({ header }) => header?.sts === 'DONE', after: '10 days' } });
    const source = new SmallSource()
      .transaction(hdrRow('1', 'OPEN'))
      .transaction(update('1', 'DONE'))
      .later(20 * DAY)
      .transaction(hdrRow('2', 'OPEN'));
    const small = await lived(source, { rules: retiring, nowMs: SMALL_SOURCE_MS + 100 * DAY });
    const answer = await asked(small, { id: '1' });
    expect(answer).toMatchObject({ standing: 'retired', unknownTables: [] });
    expect(factIn(answer, 'OrderReady').misses).toMatchObject([
      { why: 'unmet', conditions: [{ name: 'status is READY', holds: 'unknown' }] },
    ]);
    expect([...answerLines(answer)].join('\n')).toContain('oms.hdr is not known');
  });

  it('not processed yet, and held, is said of the pipeline', async () => {
    const transaction = { source: 'legacy', transaction: '9', code: 'SOURCE_GAP', text: 'x', isWaitedFor: true };
    const answer = await asked(
      rig,
      { id: '900020' },
      {
        held: () => Promise.resolve({ held: [{ ...transaction, sinceMs: 0, tasks: ['orders'] } as HeldTransaction] }),
        now: () =>
          Promise.resolve({
            ...{ recordsBehind: 1_000, recordsPerSecond: 300, sourceTimeMs: 0, clockMs: 0, digest: 'x', unknown: {} },
          }),
      },
    );
    expect(answer.behind).toEqual({ records: 1_000, seconds: 4, passed: '1970-01-01T00:00:00.000Z' });
    expect(answer.held).toEqual([{ ...transaction, since: '1970-01-01T00:00:00.000Z' }]);
  });
});

describe('values of personal columns', () => {
  const source = () =>
    new SmallSource().transaction(hdrRow('1', 'OPEN', 'Ada Lovelace')).transaction(update('1', 'OPEN', 'Ada Byron'));
  const personal = readyRules({ isPersonal: true, when: ({ header }) => header?.note === 'x' });

  it('are shown when they are asked for, and not otherwise', async () => {
    const small = await lived(source(), { rules: personal });
    const answer = await asked(small, { id: '1' });
    expect(JSON.stringify(answer)).not.toMatch(/Ada/);
    expect(factIn(answer, 'OrderReady').misses[0]?.conditions[0]?.reads[0]).toMatchObject({
      ...{ column: 'note', value: '[personal]', wrote: { kind: 'entry', origin: { transaction: '702' } } },
    });
    const whole = await asked(small, { id: '1', values: true });
    expect(factIn(whole, 'OrderReady').misses[0]?.conditions[0]?.reads[0]).toMatchObject({ value: 'Ada Byron' });
    expect(whole.seen[0]?.rows[0]).toMatchObject({ was: { note: 'Ada Lovelace' }, is: { note: 'Ada Byron' } });
  });
});

describe('an order with 20,000 row changes', () => {
  it('is answered in bounded words', async () => {
    const source = new SmallSource();
    const lines = Array.from({ length: 2_000 }, (_, i) => lineRow(String(i + 10), '1'));
    source.transaction(hdrRow('1', 'OPEN'), ...lines);
    const said = (line: WrittenRow, txt: string): WrittenRow => ({ ...line, op: 'u', row: { ...line.row, txt } });
    for (let i = 0; i < 9; i += 1) source.transaction(...lines.map((line) => said(line, `t${i}`)));
    const when = ({ lines: all }: { readonly lines: readonly { readonly txt: string }[] }): boolean =>
      all.every(({ txt }) => txt !== 't7');
    const small = await lived(source, { rules: readyRules({ when }) });
    const answer = await asked(small, { id: '1' });
    expect(JSON.stringify(answer).length).toBeLessThan(100_000);
    expect(answer.seen[0]).toMatchObject({ moreRows: 1_990 });
    expect(answer.seen).toHaveLength(10);
  });
});
