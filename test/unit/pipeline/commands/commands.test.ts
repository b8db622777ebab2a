/**
 * Operators' commands through the whole pipeline in memory (SPEC T12): each takes effect once, whatever ends or fails, in its place
 * between the transactions; what cannot be done, or is no command, leaves its trace and changes nothing.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { DragomanError } from '../../../../src/errors.js';
import { compileRuleSet } from '../../../../src/rules/compile.js';
import { publish, ruleSet } from '../../../../src/rules/index.js';
import { order } from '../../../../rules/aggregates/order.js';
import { orderAcceptedForFulfillment } from '../../../../rules/facts/order-accepted-for-fulfillment.js';
import { orderCancellationAccepted } from '../../../../rules/facts/order-cancellation-accepted.js';
import { orderReleasedToWarehouse } from '../../../../rules/facts/order-released-to-warehouse.js';
import { refundInitiated } from '../../../../rules/facts/refund-initiated.js';
import { orderReleasedToWarehouseV1 } from '../../../../rules/contracts/order-released-to-warehouse.v1.js';
import { publications } from '../../../../rules/publications.js';
import { commandOf, outcomes, results, unparkOf } from '../../../support/pipeline/commands.js';
import { clearing, FAULTS, NO_FAULT, withFault } from '../../../support/pipeline/faults.js';
import { newestProgress } from '../../../support/pipeline/progress.js';
import { isEnd, isStreamedRow, xidOf } from '../../../support/recorded/histories.js';
import { edited, envelopeOf, readRecording, type RecordedRecord } from '../../../support/recordings.js';
import { replaced } from '../../../support/replaced.js';
import { type LifeEnd, retailerRules, Rig, type RigOptions } from '../../../support/rig.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

/** In which one order is released to a warehouse, and another one accepted. */
const records = readRecording('postgres/02-interleaved');
const ORDER = '800005';

let rules: LoadedRules;
let broken: RigOptions['rules'];
let sound: Rig;
beforeAll(async () => {
  rules = await retailerRules();
  const throwing = publish(orderReleasedToWarehouse).as(orderReleasedToWarehouseV1, () => {
    throw new Error('a mistake');
  });
  const kept = publications.filter(({ contract }) => contract.name !== 'OrderReleasedToWarehouse');
  const facts = [orderAcceptedForFulfillment, orderReleasedToWarehouse, orderCancellationAccepted, refundInitiated];
  const set = ruleSet({ aggregates: [order], facts, publications: [...(kept as never[]), throwing] });
  broken = { rules: compileRuleSet(set), digest: 'broken' };
  sound = new Rig(records, { rules });
  await sound.live();
});

waitsTakeNoTime();

/** The order is parked by a rule that throws; from the next life on the rules are sound. */
async function parked(): Promise<Rig> {
  const rig = new Rig(records, { rules: broken });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  expect(rig.parked()).toEqual({ [`order:${ORDER}`]: 'RULE_THREW' });
  return rig;
}
const goOn = (rig: Rig, ports = rig.ports()): Promise<LifeEnd> =>
  rig.live(ports, { ...rig.settings('sound'), rules: rules.rules });
/** Topics are deleted, and created anew. */
function emptied(rig: Rig, prefix: string): void {
  for (const topic of rig.log.topics.filter((name) => name.startsWith(prefix)))
    rig.log.createTopic(topic, rig.log.partitionsOf(topic).length);
}

const values = (rig: Rig) => rig.eventsOf(ORDER);

describe('unpark', () => {
  it('publishes what waited, once the rule is corrected, with the ids that it would have had', async () => {
    const rig = await parked();
    expect(values(rig)).toEqual([]);
    rig.command(unparkOf(ORDER));
    expect(await goOn(rig)).toEqual({ kind: 'drained' });
    expect(values(rig)).toEqual(values(sound));
    expect(values(rig)).not.toEqual([]);
    expect(await rig.parkedInStore()).toEqual({});
    expect(rig.told).toContainEqual({ kind: 'unparked', aggregate: 'order', id: ORDER, code: 'RULE_THREW' });
  });

  it('reads rows again that were refused: a code that is declared by now', async () => {
    const changed = records.find(
      (record) =>
        record.topic === 'legacy.oms.ord_hdr' && isStreamedRow(record) && record.key === `{"ord_no":${ORDER}}`,
    )!;
    const known = String(envelopeOf(changed).after?.sts_cd);
    const unknown = edited(changed, ({ after }) => (after!.sts_cd = '77'));
    const rig = new Rig(
      records.map((record) => (record === changed ? unknown : record)),
      { rules },
    );
    await rig.live();
    expect(rig.parked()).toEqual({ [`order:${ORDER}`]: 'CODE_UNKNOWN' });
    rig.command(unparkOf(ORDER));
    const knowing = { ...rig.settings('knowing'), rules: withCode('77', known) };
    expect(await rig.live(rig.ports(), knowing)).toEqual({ kind: 'drained' });
    expect(values(rig)).toEqual(values(sound));
    expect(rig.states().get(`order:${ORDER}`)?.rows['oms.ord_hdr']).toEqual(
      sound.states().get(`order:${ORDER}`)?.rows['oms.ord_hdr'],
    );
    expect(JSON.stringify(rig.deadLetters())).not.toContain('wire');
  });

  /** The rules, with one more code of the order's status that means the same as a known one. */
  function withCode(code: string, same: string): LoadedRules['rules'] {
    const table = rules.rules.tables.get('oms.ord_hdr')!;
    const { sts_cd: column } = table.columns;
    const { type } = column as Extract<typeof column, object>;
    if (type.kind !== 'code') throw new Error('sts_cd is a code');
    const codes = { ...type.codes, [code]: type.codes[same]! };
    const columns = { ...table.columns, sts_cd: { ...column!, type: { ...type, codes } } };
    return { ...rules.rules, tables: new Map([...rules.rules.tables, ['oms.ord_hdr', { ...table, columns }]]) };
  }

  it('leaves an entry of its own in the journal, before those of what it did', async () => {
    const rig = await parked();
    const before = rig.journal().filter(({ id }) => id === ORDER).length;
    const command = unparkOf(ORDER);
    rig.command(command);
    await goOn(rig);
    const [audit, ...effects] = rig
      .journal()
      .filter(({ id }) => id === ORDER)
      .slice(before);
    const { id, by, reason } = command;
    expect(audit).toMatchObject({ outcome: 'command', command: { id, by, reason, result: 'applied' } });
    expect(audit).not.toHaveProperty('events');
    expect(effects.length).toBeGreaterThan(0);
    expect(effects.map(({ outcome }) => outcome)).toEqual(effects.map(() => 'applied'));
    expect(rig.states().get(`order:${ORDER}`)).toMatchObject({ parked: null, lastCommand: { id, result: 'applied' } });
  });

  it('parks again, with another dead letter, while the cause is there', async () => {
    const rig = await parked();
    rig.command(unparkOf(ORDER));
    expect(await rig.live()).toEqual({ kind: 'drained' });
    expect(results(rig)).toEqual(['applied']);
    expect(values(rig)).toEqual([]);
    expect(await rig.parkedInStore()).toEqual({ [`order:${ORDER}`]: 'RULE_THREW' });
    expect(rig.deadLetters()).toHaveLength(2);
    rig.command(unparkOf(ORDER));
    await goOn(rig);
    expect(values(rig)).toEqual(values(sound));
  });

  it('keeps the order: what came later is decided after what waited', async () => {
    const parkedAt = sound.journal().find(({ id, events = [] }) => id === ORDER && events.length > 0);
    const end = records.find((record) => isEnd(record) && xidOf(record) === parkedAt?.origin.transactionId)!;
    const isEarly = ({ timestamp }: RecordedRecord): boolean => timestamp <= end.timestamp;
    const rig = new Rig(records, { rules: broken });
    emptied(rig, 'legacy.');
    rig.play(records.filter(isEarly));
    await rig.live();
    expect(rig.parked()).toEqual({ [`order:${ORDER}`]: 'RULE_THREW' });
    rig.command(unparkOf(ORDER));
    rig.play(records.filter((record) => !isEarly(record)));
    expect(await goOn(rig)).toEqual({ kind: 'drained' });
    expect(rig.published().map(({ value }) => value.eventId)).toEqual(
      sound.published().map(({ value }) => value.eventId),
    );
    const applied = rig.journal().filter(({ id, outcome }) => id === ORDER && outcome === 'applied');
    const positions = applied.map(({ origin: { position } }) => position);
    expect(positions).toEqual([...positions].sort());
  });
});

describe('exactly once', () => {
  it.each(FAULTS)('%s, at whichever call while a command is applied', async (fault) => {
    const first = await parked();
    first.command(unparkOf(ORDER));
    const watched = withFault(first.ports(), NO_FAULT, clearing(first.store));
    await goOn(first, watched);
    expect(watched.calls).toContain('commit');
    for (const [i, name] of watched.calls.entries()) {
      const rig = await parked();
      const command = unparkOf(ORDER);
      rig.command(command);
      const end = await goOn(rig, withFault(rig.ports(), { call: i + 1, fault }, clearing(rig.store)));
      if (end.kind === 'crashed') expect(await goOn(rig)).toEqual({ kind: 'drained' });
      const where = `${fault}: call ${i + 1} (${name})`;
      expect(rig.published(), where).toEqual(first.published());
      const audits = rig.journal().filter((entry) => entry.command?.id === command.id);
      expect(audits, where).toHaveLength(1);
    }
  });

  it('the same command again does nothing, and says so', async () => {
    const rig = await parked();
    const command = unparkOf(ORDER);
    rig.command(command);
    rig.command(command);
    await goOn(rig);
    rig.command(command);
    await goOn(rig);
    expect(results(rig)).toEqual(['applied', 'repeated', 'repeated']);
    expect(values(rig)).toEqual(values(sound));
    expect(rig.journal().filter(({ outcome }) => outcome === 'command')).toHaveLength(1);
  });

  it('a log that cannot be read stops the pipeline for a while, and loses nothing', async () => {
    const rig = await parked();
    rig.command(unparkOf(ORDER));
    const ports = rig.ports();
    let failures = 2;
    const commands = {
      read: (offset: number | null) =>
        (failures -= 1) >= 0
          ? Promise.reject(new DragomanError('KAFKA_UNAVAILABLE', 'it is away'))
          : ports.commands.read(offset),
    };
    expect(await goOn(rig, { ...ports, commands })).toEqual({ kind: 'drained' });
    expect(rig.told.filter(({ kind }) => kind === 'failed')).toHaveLength(2);
    expect(values(rig)).toEqual(values(sound));
  });

  it('a member that was fenced carries nothing out; the new owner does', async () => {
    const rig = await parked();
    const fenced = rig.ports();
    const sink = replaced(fenced.sink, {
      fence: async () => {
        await fenced.sink.fence();
        // Another member takes over between the two.
        await rig.ports().sink.fence();
      },
    });
    const source = replaced(fenced.source, { confirmOwned: () => Promise.resolve(false) });
    rig.command(unparkOf(ORDER));
    expect(await goOn(rig, { ...fenced, source, sink })).toEqual({ kind: 'fenced' });
    expect(results(rig)).toEqual([]);
    expect(values(rig)).toEqual([]);
    expect(await goOn(rig)).toEqual({ kind: 'drained' });
    expect(results(rig)).toEqual(['applied']);
    expect(values(rig)).toEqual(values(sound));
  });
});

describe('a command that can have no effect', () => {
  it.each([
    ['an aggregate that is not known', 'unpark', { aggregate: 'order', id: 'none' }, /No order none is known/],
    ['one that is not parked', 'unpark', { aggregate: 'order', id: '800006' }, /is not parked/],
    [
      'nothing that was missed',
      'missed.publish',
      { aggregate: 'order', id: '800006' },
      /Nothing that it missed is open/,
    ],
    ['nothing to dismiss', 'missed.dismiss', { aggregate: 'order', id: '800006' }, /Nothing that it missed is open/],
    [
      'a source without that name',
      'transaction.release',
      { source: 'east', transaction: '1:2' },
      /No source is named east/,
    ],
    [
      'a transaction that is not held',
      'transaction.quarantine',
      { source: 'legacy', transaction: '1:2' },
      /is held: it/,
    ],
  ] as const)('is refused and kept: %s', async (_, kind, wanted, text) => {
    const rig = await parked();
    rig.command(commandOf({ kind, arguments: wanted }));
    expect(await goOn(rig)).toEqual({ kind: 'drained' });
    expect(outcomes(rig)).toMatchObject([
      { kind, result: 'refused', by: 'ada', text: expect.stringMatching(text) as string },
    ]);
    const audits = rig.journal().filter(({ outcome }) => outcome === 'command');
    expect(audits).toHaveLength('id' in wanted && wanted.id === '800006' ? 1 : 0);
    expect(rig.published()).toEqual(sound.published().filter(({ key }) => key !== ORDER));
  });

  it('is refused when no rule declares its aggregate any more', async () => {
    const rig = await parked();
    rig.command(unparkOf(ORDER));
    const none = compileRuleSet(ruleSet({ aggregates: [], facts: [], publications: [] }));
    const facts = rules.rules.aggregates.get('order')!.facts.map(({ name }) => name);
    const rest = {
      ...rig.settings('none'),
      rules: { ...none, tables: rules.rules.tables, feeds: rules.rules.feeds },
      acceptedNames: new Set(['order', ...facts]),
    };
    expect(await rig.live(rig.ports(), rest)).toEqual({ kind: 'drained' });
    expect(outcomes(rig)).toMatchObject([{ result: 'refused', text: 'No rule declares "order".' }]);
  });
});

describe('what is no command of this pipeline', () => {
  it.each([
    ['no JSON', '{"kind":', 'malformed', /no JSON/],
    ['nothing', '', 'malformed', /no JSON/],
    ['too long', `"${'x'.repeat(10_000)}"`, 'malformed', /at most 8192/],
    ['another kind', { ...unparkOf(ORDER), kind: 'delete' }, 'unknownKind', /none of unpark/],
    ['no reason', { ...unparkOf(ORDER), reason: ' ' }, 'malformed', /^reason: /],
    ['a field too many', { ...unparkOf(ORDER), force: true }, 'malformed', /force/],
    ['an id that is none', { ...unparkOf(ORDER), id: '7' }, 'malformed', /^id: /],
    ['a key of another pipeline inside', { ...unparkOf(ORDER), pipeline: 'returns' }, 'malformed', /^pipeline: /],
  ] as const)('is skipped, counted and told: %s', async (_, value, result, text) => {
    const rig = await parked();
    rig.command(value);
    rig.command(unparkOf(ORDER));
    expect(await goOn(rig)).toEqual({ kind: 'drained' });
    expect(outcomes(rig)).toMatchObject([
      { kind: 'unknown', subject: 'offset 0', result, text: expect.stringMatching(text) as string },
      { result: 'applied' },
    ]);
    expect(values(rig)).toEqual(values(sound));
  });

  it('only moves the offset when it is for another pipeline', async () => {
    const rig = await parked();
    rig.command({ ...unparkOf(ORDER), pipeline: 'returns' }, 'returns');
    rig.command('noise', '');
    rig.command(unparkOf('none'));
    await goOn(rig);
    expect(results(rig)).toEqual(['refused']);
    expect(newestProgress(rig).commands.next).toBe(3);
  });

  it('goes on at the first one that is there when the topic was created anew, and says so', async () => {
    const rig = await parked();
    rig.command(unparkOf('none'));
    rig.command(unparkOf('none'));
    await rig.live();
    emptied(rig, 'dragoman.commands');
    rig.command(unparkOf(ORDER));
    await goOn(rig);
    expect(rig.told).toContainEqual({ kind: 'commandsLost', expectedOffset: 2, foundOffset: 0 });
    expect(values(rig)).toEqual(values(sound));
  });
});
