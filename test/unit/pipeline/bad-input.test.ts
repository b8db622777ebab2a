/**
 * Input that cannot be used, through the whole pipeline in memory (SPEC T9): each has a code and a text that says what to do, and
 * loses nothing. Either one order is parked and all others are published as if nothing had happened, or the pipeline pauses with
 * its offsets where they were, and publishes everything once the cause is repaired.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { LoadedRules } from '../../../src/adapters/files/rules-loader.js';
import { compileRuleSet } from '../../../src/rules/compile.js';
import { publish, ruleSet, type Publication, type RuleSet } from '../../../src/rules/index.js';
import { order } from '../../../rules/aggregates/order.js';
import { orderAcceptedForFulfillment } from '../../../rules/facts/order-accepted-for-fulfillment.js';
import { orderCancellationAccepted } from '../../../rules/facts/order-cancellation-accepted.js';
import { orderReleasedToWarehouse } from '../../../rules/facts/order-released-to-warehouse.js';
import { refundInitiated } from '../../../rules/facts/refund-initiated.js';
import { orderReleasedToWarehouseV1 } from '../../../rules/contracts/order-released-to-warehouse.v1.js';
import { publications } from '../../../rules/publications.js';
import { committed, damaged, isEnd, isSnapshotRow, isStreamedRow, xidOf } from '../../support/recorded/histories.js';
import { edited, envelopeOf, readRecording, type RecordedRecord } from '../../support/recordings.js';
import { retailerRules, Rig } from '../../support/rig.js';

const records = readRecording('postgres/01-lifecycle');
let rules: LoadedRules;
let sound: Rig;
beforeAll(async () => {
  rules = await retailerRules();
  sound = new Rig(records, { rules });
  await sound.live();
});

/** An order with several events, and a change of its header in the middle. */
const ORDER = '900013';
const headerOf = (record: RecordedRecord): boolean =>
  record.topic === 'legacy.oms.ord_hdr' && record.key === `{"ord_no":${ORDER}}` && isStreamedRow(record);
const changed = records.filter(headerOf)[1]!;
const withInstead = (record: RecordedRecord, other: RecordedRecord): RecordedRecord[] =>
  records.map((each) => (each === record ? other : each));

const othersOf = (rig: Rig, parked: string) => rig.published().filter(({ key }) => key !== parked);

describe('T9: one bad row parks its order', () => {
  it.each<[string, RecordedRecord[], string, RegExp]>([
    [
      'an undecodable record',
      withInstead(changed, damaged(changed)),
      'RECORD_UNDECODABLE',
      /legacy\.oms\.ord_hdr\/1 at offset \d+ cannot be read: the value is not a JSON object/,
    ],
    [
      'an unknown status code',
      withInstead(
        changed,
        edited(changed, ({ after }) => (after!.sts_cd = '77')),
      ),
      'CODE_UNKNOWN',
      /oms\.ord_hdr\.sts_cd has the code "77".*declare what it means/,
    ],
    [
      'a row that violates its table definition',
      withInstead(
        changed,
        edited(changed, ({ after }) => (after!.tot_amt = 'many')),
      ),
      'ROW_INVALID',
      /oms\.ord_hdr\.tot_amt is not a decimal/,
    ],
    [
      'a column that is gone',
      withInstead(
        changed,
        edited(changed, ({ after }) => delete after!.curr_cd),
      ),
      'ROW_INVALID',
      /oms\.ord_hdr\.curr_cd is declared, but the row does not carry it \(renamed or dropped\?\)/,
    ],
  ])('%s', async (_, input, code, text) => {
    const rig = new Rig(input, { rules });
    expect(await rig.live()).toEqual({ kind: 'drained' });
    expect(rig.parked()).toEqual({ [`order:${ORDER}`]: code });
    expect(othersOf(rig, ORDER)).toEqual(othersOf(sound, ORDER));
    expect(rig.eventsOf(ORDER)).toEqual(sound.eventsOf(ORDER).slice(0, rig.eventsOf(ORDER).length));
    expectKept(rig, code, text);
    const [letter] = rig.deadLetters();
    const at = (name: string): string => letter?.headers[`__connect.errors.${name}`] ?? '';
    const original = rig.log.records(`${at('topic')}/${at('partition')}`);
    const bad = input.find((record) => !records.includes(record));
    expect(original.find(({ offset }) => offset === Number(at('offset')))?.value).toBe(bad?.value);
  });

  /** Everything about the order is in its state, in commit order, and somebody is told. */
  function expectKept(rig: Rig, code: string, text: RegExp): void {
    const entries = rig.journal().filter(({ id }) => id === ORDER);
    const parked = entries.findIndex(({ outcome }) => outcome === 'parked');
    expect(entries[parked]?.refusal).toMatchObject({ code, text: expect.stringMatching(text) as unknown });
    const before = sound.journal().filter(({ id }) => id === ORDER);
    const waiting = rig
      .states()
      .get(`order:${ORDER}`)
      ?.parked?.waiting.map(({ origin }) => origin.position);
    expect(waiting).toEqual(before.slice(parked).map(({ origin }) => origin.position));
    const [letter, ...more] = rig.deadLetters();
    expect(more).toEqual([]);
    expect(letter?.headers).toMatchObject({
      'dragoman.dlq.error.code': code,
      'dragoman.dlq.aggregate': `order:${ORDER}`,
    });
  }

  describe('of which nobody can know the order, neither from its key nor from before', () => {
    const release = records.find((record) => record.topic === 'legacy.oms.whs_rel' && envelopeOf(record).op === 'c')!;
    const input = withInstead(release, damaged(release));
    const id = String((envelopeOf(release).after as { ord_no: number }).ord_no);

    it('stops the source before it, and says how to go on', async () => {
      const rig = new Rig(input, { rules });
      const end = await rig.live();
      expect(end).toMatchObject({
        kind: 'refused',
        code: 'ROW_UNPLACED',
        text: expect.stringMatching(/its record could not be read.*unplaced: report/) as unknown,
      });
      const published = new Set(rig.published().map(({ value }) => value.eventId));
      expect(sound.published().filter(({ value }) => published.has(value.eventId))).toHaveLength(published.size);
      expect(published.size).toBeLessThan(sound.published().length);
    });

    it('or becomes a dead letter, when the config says so, and everything else goes on', async () => {
      const rig = new Rig(input, { rules, source: { unplaced: 'report' } });
      expect(await rig.live()).toEqual({ kind: 'drained' });
      expect(othersOf(rig, id)).toEqual(othersOf(sound, id));
      expect(rig.deadLetters().map(({ headers }) => headers['dragoman.dlq.error.code'])).toEqual(['ROW_OWNER_UNKNOWN']);
    });
  });

  it('a damaged row of the snapshot, before anything is decided about its order', async () => {
    const row = records.find((record) => record.topic === 'legacy.oms.ord_line' && isSnapshotRow(record))!;
    const id = String((JSON.parse(row.key ?? '') as { ord_no: number }).ord_no);
    const rig = new Rig(withInstead(row, damaged(row)), { rules });
    expect(await rig.live()).toEqual({ kind: 'drained' });
    expect(rig.parked()).toEqual({ [`order:${id}`]: 'RECORD_UNDECODABLE' });
    expect(rig.eventsOf(id)).toEqual([]);
    expect(othersOf(rig, id)).toEqual(othersOf(sound, id));
  });
});

const FACTS: RuleSet['facts'] = [
  orderAcceptedForFulfillment,
  orderReleasedToWarehouse,
  orderCancellationAccepted,
  refundInitiated,
];
const compiled = (facts: RuleSet['facts'], published: readonly Publication[]) => ({
  rules: compileRuleSet(ruleSet({ aggregates: [order], facts, publications: published })),
  digest: 'changed',
});

describe('T9: a bad rule parks the orders that it concerns', () => {
  const releasedOrders = () =>
    [
      ...new Set(
        sound
          .published()
          .filter(isRelease)
          .map(({ key }) => key),
      ),
    ].sort();
  const isRelease = ({ value }: { readonly value: Readonly<Record<string, unknown>> }): boolean =>
    value.eventType === 'OrderReleasedToWarehouse';
  const throwing = publish(orderReleasedToWarehouse).as(orderReleasedToWarehouseV1, () => {
    throw new Error('Ada Lovelace');
  });
  const strict = {
    ...orderReleasedToWarehouseV1,
    data: z.object({ releaseNumber: z.string().max(1), warehouse: z.string() }),
    example: { releaseNumber: '1', warehouse: 'W' },
    fields: {},
  };

  it.each<[string, Publication, string, RegExp]>([
    ['a rule that throws', throwing, 'RULE_THREW', /threw Error\. Correct the rule, then parked retry/],
    [
      'an event that violates its contract',
      publish(orderReleasedToWarehouse).as(strict, ({ data }) => data as never),
      'CONTRACT_VIOLATED',
      /OrderReleasedToWarehouse does not fit the contract OrderReleasedToWarehouse v1: \w+: /,
    ],
  ])('%s', async (_, bad, code, text) => {
    const kept = publications.filter(({ contract }) => contract.name !== 'OrderReleasedToWarehouse');
    const rig = new Rig(records, { rules: compiled(FACTS, [...(kept as never[]), bad]) });
    expect(await rig.live()).toEqual({ kind: 'drained' });
    expect(Object.keys(rig.parked()).sort()).toEqual(releasedOrders().map((id) => `order:${id}`));
    expect(new Set(Object.values(rig.parked()))).toEqual(new Set([code]));
    const texts = rig.told.flatMap((event) => (event.kind === 'parked' ? [event.refusal.text] : []));
    for (const each of texts) expect(each).toMatch(text);
    expect(JSON.stringify([rig.journal(), rig.deadLetters()])).not.toContain('Lovelace');
    const untouched = sound.published().filter(({ key }) => !releasedOrders().includes(key));
    expect(rig.published().map(({ value }) => value.eventId)).toEqual(
      expect.arrayContaining(untouched.map(({ value }) => value.eventId)),
    );
  });
});

describe('T9: a bad source pauses the pipeline, and nothing of it is consumed', () => {
  const flat = readRecording('postgres/15-flattened').find(({ topic }) => topic === 'legacy.oms.ord_hdr')!;
  const truncate = readRecording('postgres/05-deletes-truncate').find(({ value }) => value?.includes('"op":"t"'))!;
  /** With many events before it. */
  const late = records.findLast((record) => record.topic === 'legacy.oms.ord_hdr' && isStreamedRow(record))!;

  /** Events of the transactions that were committed before this one. */
  const soundBefore = (xid: string): unknown[] => {
    const endOf = (cause: unknown): bigint => BigInt(String(cause).split(':').at(-1) ?? '');
    const end = records.find((record) => isEnd(record) && xidOf(record) === xid)!;
    const stop = endOf(envelopeOf(end).id);
    return sound
      .published()
      .filter(({ value }) => endOf(value.causationId) < stop)
      .map(({ value }) => value.eventId);
  };

  it.each<[string, RecordedRecord[], string, RegExp]>([
    [
      'a flattened topic',
      withInstead(late, { ...flat, partition: late.partition, offset: late.offset }),
      'TOPIC_FLATTENED',
      /Remove ExtractNewRecordState/,
    ],
    [
      'a streamed row without transaction block',
      withInstead(
        late,
        edited(late, (envelope) => (envelope.transaction = null)),
      ),
      'TRANSACTION_METADATA_MISSING',
      /provide\.transaction\.metadata=true/,
    ],
    [
      'an undecodable record without a readable key',
      withInstead(late, { ...damaged(late), key: null }),
      'RECORD_UNDECODABLE',
      /at offset \d+ cannot be read.*the aggregate is not known/,
    ],
    [
      'a TRUNCATE',
      withInstead(late, { ...truncate, topic: late.topic, partition: late.partition, offset: late.offset }),
      'TABLE_TRUNCATED',
      /skipped\.operations/,
    ],
  ])('%s: once everything before it was published', async (_, input, code, text) => {
    const rig = new Rig(input, { rules });
    const end = await rig.live();
    expect(end).toMatchObject({ kind: 'refused', code });
    expect(end).toHaveProperty('text', expect.stringMatching(text));
    expect(rig.told.findLast(({ kind }) => kind === 'state')).toMatchObject({ state: 'closed' });
    const ids = rig.published().map(({ value }) => value.eventId);
    expect(ids).toEqual(soundBefore(xidOf(late)));
    expect(ids.length).toBeGreaterThan(0);
    expect(await rig.live()).toMatchObject({ kind: 'refused', code });
    expect(rig.published()).toHaveLength(ids.length);
    const repaired = await goneOn(rig);
    expect(repaired.published()).toEqual(sound.published());
  });

  it('a lost transaction holds what follows it, once everything before it was published; gaps: report goes on', async () => {
    const lost = committed(records).at(-10) ?? '';
    const rig = new Rig(
      records.filter(({ value }) => value?.includes(`"${lost}:`) !== true),
      { rules },
    );
    for (const life of [1, 2]) {
      expect(await rig.live(), `life ${life}`).toEqual({ kind: 'drained' });
      const held = rig.told.flatMap((event) => (event.kind === 'sequenced' ? [event.held?.code] : [])).at(-1);
      expect(held, `life ${life}`).toBe('SOURCE_GAP');
      expect(rig.published().map(({ value }) => value.eventId)).toEqual(soundBefore(lost));
    }
    const settings = rig.settings();
    const sources = settings.sources.map((source) => ({ ...source, gaps: 'report' as const }));
    expect(await rig.live(rig.ports(), { ...settings, sources })).toEqual({ kind: 'drained' });
    expect(rig.published().length).toBeGreaterThan(soundBefore(lost).length);
  });

  /** The same committed offsets, journal and store, with the sound records in the topics. */
  async function goneOn(stopped: Rig): Promise<Rig> {
    for (const partition of stopped.log.topics
      .filter((t) => t.startsWith('legacy.'))
      .flatMap((t) => stopped.log.partitionsOf(t)))
      (stopped.log.records(partition) as unknown[]).length = 0;
    stopped.play(records);
    expect(await stopped.live()).toEqual({ kind: 'drained' });
    return stopped;
  }
});
