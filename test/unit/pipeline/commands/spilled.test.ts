/**
 * An order that is parked for long: what waits is stored, and counted in its state, which does not grow. Nothing stops. A command takes it up
 * in parts, each in a Kafka transaction of its own, and has its effect once, whatever ends or fails between them (SPEC T12).
 */
import { z } from 'zod';
import { describe, expect, it } from 'vitest';
import { originText } from '../../../../src/domain/change-set.js';
import { aggregateRef } from '../../../../src/domain/state/aggregate-state.js';
import type { JsonObject } from '../../../../src/rules/fact.js';
import { compileRuleSet } from '../../../../src/rules/compile.js';
import { aggregate, contract, many, one, publish, ruleSet } from '../../../../src/rules/index.js';
import { without } from '../../../../src/translate/own.js';
import { commandOf, outcomes, results, unparkOf } from '../../../support/pipeline/commands.js';
import { clearing, FAULTS, NO_FAULT, withFault } from '../../../support/pipeline/faults.js';
import { isStreamedRow } from '../../../support/recorded/histories.js';
import { edited, readRecording } from '../../../support/recordings.js';
import { Rig } from '../../../support/rig.js';
import { hdr, hdrRow, line, lineRow, SmallSource } from '../../../support/sources/ready-orders.js';
import { stages } from '../../../support/sources/stages.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

/** The line whose fact throws; none when it is mended. */
let broken: string | null = null;

/** A fact for each line that comes. */
const rules = (() => {
  const members = { header: one(hdr, (row) => row.id), lines: many(line, (row) => row.id) };
  const order = aggregate('order', members);
  const data = (_: unknown, row: { readonly line_id: string }): JsonObject => {
    if (row.line_id === broken) throw new Error('a mistake');
    return { line: row.line_id };
  };
  const fact = order.each('lines').inserted('LineAdded', { importance: 'low', data: data });
  const prose = { topic: 'orders.out', key: 'orderId', owner: 'x', meaning: 'x', certainty: 'x', notSentWhen: 'x' };
  const schema = z.object({ line: z.string() });
  const added = contract('LineAdded', 1, { ...prose, data: schema, example: { line: '1' } });
  const set = ruleSet({
    aggregates: [order],
    facts: [fact],
    publications: [publish(fact).as(added, (happened) => happened.data as never)],
  });
  return { rules: compileRuleSet(set), digest: 'd'.repeat(16) };
})();

waitsTakeNoTime();

const PARKED = '1';
const OTHER = '2';
const FIRST_LINE = 100_000;

/** So many changes of one order and of another, in turn: each brings a line, or of so many only the first. The first one of the one throws. */
function sourceOf(count: number, every = 1): SmallSource {
  const source = new SmallSource().transaction(hdrRow(PARKED, 'NEW'), hdrRow(OTHER, 'NEW'));
  for (let i = 0; i < count; i += 1) {
    const change = (id: string, first: number) =>
      i % every === 0 ? lineRow(`${first + i}`, id) : hdrRow(id, 'NEW', `change ${i}`);
    source.transaction(change(PARKED, FIRST_LINE));
    source.transaction(change(OTHER, 2 * FIRST_LINE));
  }
  return source;
}

interface Sizes {
  readonly countMax: number;
  readonly bytesMax?: number;
  readonly transactionsMax?: number;
  readonly every?: number;
}

async function parkedRig(count: number, sizes: Sizes): Promise<Rig> {
  const { countMax, bytesMax = 1_000_000, transactionsMax = 500, every = 1 } = sizes;
  const { translate } = new Rig([], { rules }).settings();
  const limits = { transactionsMax, rowsMax: 10_000, changeSetsMax: 100 };
  const settings = { translate: { ...translate, parts: { countMax, bytesMax } }, limits };
  const rig = new Rig(sourceOf(count, every).records, { rules, settings });
  broken = `${FIRST_LINE}`;
  expect(await rig.live()).toEqual({ kind: 'drained' });
  expect(rig.parked()).toEqual({ [`order:${PARKED}`]: 'RULE_THREW' });
  broken = null;
  return rig;
}

const linesOf = (rig: Rig, id: string) => rig.eventsOf(id).map(({ line: each }) => each);
const linesFrom = (first: number, count: number) => Array.from({ length: count }, (_, i) => `${first + i}`);
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
const queuedIn = (rig: Rig) => rig.stored().get(`~queue:order:${PARKED}`)?.size ?? 0;

/** What the state in memory had of what waits, decision by decision. */
const inMemory = (rig: Rig) =>
  rig.told.flatMap((event) =>
    event.kind === 'decided' && event.entry.id === PARKED && event.entry.state.parked !== null
      ? [event.entry.state.parked]
      : [],
  );

const discardOf = (rig: Rig, changeSets: number) => {
  const first = originText(rig.states().get(`order:${PARKED}`)!.parked!.waiting[0]!.origin);
  return commandOf({ kind: 'parked.discard', arguments: { aggregate: 'order', id: PARKED, first, changeSets } });
};

describe('an order that is parked for long', () => {
  it('with 5,000 changes stops nothing, does not grow in memory, and is taken up in order, once', async () => {
    const [count, every, countMax] = [5_000, 100, 200];
    const lines = count / every;
    const rig = await parkedRig(count, { countMax, every });
    const linesEvery = (first: number) => Array.from({ length: lines }, (_, i) => `${first + i * every}`);
    expect(linesOf(rig, OTHER)).toEqual(linesEvery(2 * FIRST_LINE));
    expect([linesOf(rig, PARKED), queuedIn(rig)]).toEqual([[], count]);
    const all = inMemory(rig);
    expect(Math.max(...all.map(({ waiting }) => waiting.length))).toBe(countMax);
    expect(all.at(-1)).toMatchObject({ first: 0, spilled: count - countMax });
    const before = rig.journal().length;
    rig.command(unparkOf(PARKED));
    expect(await rig.live()).toEqual({ kind: 'drained' });
    const text = '5000 waiting change sets were taken up in their order.';
    expect(outcomes(rig)).toMatchObject([{ result: 'applied', text }]);
    expect(rig.told.filter(({ kind }) => kind === 'unparked')).toHaveLength(1);
    expect(linesOf(rig, PARKED)).toEqual(linesEvery(FIRST_LINE));
    expect(rig.eventsOf(PARKED).map(({ sequence }) => sequence)).toEqual(numbers(lines));
    expect(rig.states().get(`order:${PARKED}`)?.rows['oms.hdr']?.[PARKED]).toMatchObject({
      note: `change ${count - 1}`,
    });
    expect([rig.parked(), queuedIn(rig)]).toEqual([{}, 0]);
    expect(rig.journal()).toHaveLength(before + count + 1);
    const parts = inMemory(rig).slice(all.length);
    expect(parts.map(({ first }) => first)).toEqual(numbers(count / countMax - 1).map((part) => part * countMax));
    expect(parts.every(({ code, waiting }) => code === 'RULE_THREW' && waiting.length === 0)).toBe(true);
  }, 120_000);

  it('is bounded in bytes as well: a part has as many as fit, and at least one', async () => {
    const rig = await parkedRig(6, { countMax: 200, bytesMax: 1 });
    expect(inMemory(rig).at(-1)).toMatchObject({ spilled: 5 });
    rig.command(unparkOf(PARKED));
    expect(await rig.live()).toEqual({ kind: 'drained' });
    expect(linesOf(rig, PARKED)).toEqual(linesFrom(FIRST_LINE, 6));
    expect(
      inMemory(rig)
        .slice(-5)
        .map(({ first }) => first),
    ).toEqual(numbers(5));
  });

  it('is parked again by the change set that cannot be applied, with all that waits behind it', async () => {
    const rig = await parkedRig(20, { countMax: 4 });
    broken = `${FIRST_LINE + 9}`;
    rig.command(unparkOf(PARKED));
    await rig.live();
    expect(results(rig)).toEqual(['applied']);
    expect(linesOf(rig, PARKED)).toEqual(linesFrom(FIRST_LINE, 9));
    expect(rig.parked()).toEqual({ [`order:${PARKED}`]: 'RULE_THREW' });
    expect([...rig.stored().get(`~queue:order:${PARKED}`)!.keys()].map(Number).sort((a, b) => a - b)).toEqual(
      numbers(11).map((i) => i + 8),
    );
    broken = null;
    rig.command(unparkOf(PARKED));
    await rig.live();
    expect(linesOf(rig, PARKED)).toEqual(linesFrom(FIRST_LINE, 20));
  });

  it('lets rows go on between the parts, and those of its own wait behind', async () => {
    const rig = await parkedRig(200, { countMax: 2, transactionsMax: 1 });
    const all = sourceOf(206).records;
    const played = sourceOf(200).records;
    rig.play(all.slice(played.length));
    rig.command(unparkOf(PARKED));
    expect(await rig.live()).toEqual({ kind: 'drained' });
    expect(linesOf(rig, PARKED)).toEqual(linesFrom(FIRST_LINE, 206));
    expect(linesOf(rig, OTHER)).toEqual(linesFrom(2 * FIRST_LINE, 206));
    const decided = rig.told.flatMap((event) => (event.kind === 'decided' ? [event.entry] : []));
    const begun = decided.findIndex(
      ({ id, outcome, events }) => id === PARKED && outcome === 'applied' && events.length > 0,
    );
    const between = decided.slice(begun);
    expect(between.some(({ id, outcome }) => id === PARKED && outcome === 'queued')).toBe(true);
    expect(between.some(({ id }) => id === OTHER)).toBe(true);
  });

  it.each([1, 5, 20])('gives up %i of 20 in parts, and takes up the others', async (givenUp) => {
    const rig = await parkedRig(20, { countMax: 4 });
    rig.command(discardOf(rig, givenUp));
    await rig.live();
    const left = 20 - givenUp;
    expect(outcomes(rig)).toMatchObject([
      {
        result: 'applied',
        text: `${givenUp} waiting change sets were given up; ${left} were taken up in their order.`,
      },
    ]);
    expect(rig.journal().filter(({ outcome }) => outcome === 'discarded')).toHaveLength(givenUp);
    expect(linesOf(rig, PARKED)).toEqual(linesFrom(FIRST_LINE + givenUp, left));
    expect([rig.parked(), queuedIn(rig)]).toEqual([{}, 0]);
  });

  it.each(['unpark', 'parked.discard'] as const)(
    '%s takes effect once, whatever fails at whichever call',
    async (kind) => {
      const commandTo = (rig: Rig) => (kind === 'unpark' ? unparkOf(PARKED) : discardOf(rig, 5));
      const sizes = { countMax: 2, transactionsMax: 6 };
      const sound = await parkedRig(9, sizes);
      sound.command(commandTo(sound));
      const watched = withFault(sound.ports(), NO_FAULT, clearing(sound.store));
      await sound.live(watched);
      expect(watched.calls.filter((name) => name === 'commit').length).toBeGreaterThanOrEqual(5);
      let schedules = 0;
      for (const fault of FAULTS) {
        // Each fault at every third call, another one each.
        for (let call = 1 + (FAULTS.indexOf(fault) % 3); call <= watched.calls.length; call += 3) {
          const rig = await parkedRig(9, sizes);
          const command = commandTo(rig);
          rig.command(command);
          const end = await rig.live(withFault(rig.ports(), { call, fault }, clearing(rig.store)));
          if (end.kind === 'crashed') expect(await rig.live()).toEqual({ kind: 'drained' });
          const where = `${fault}: call ${call} (${watched.calls[call - 1]})`;
          expect(rig.published(), where).toEqual(sound.published());
          expect(
            rig.journal().filter((entry) => entry.command?.id === command.id),
            where,
          ).toHaveLength(1);
          expect(
            rig
              .journal()
              .map(({ outcome }) => outcome)
              .sort(),
            where,
          ).toEqual(
            sound
              .journal()
              .map(({ outcome }) => outcome)
              .sort(),
          );
          expect([await rig.parkedInStore(), queuedIn(rig)], where).toEqual([{}, 0]);
          schedules += 1;
        }
      }
      expect(schedules).toBeGreaterThan(20);
    },
    120_000,
  );
});

describe('rows that move out of an aggregate that is parked for long', () => {
  const records = readRecording('postgres/01-lifecycle');
  /** A line whose order then goes from stage to stage. */
  const spoiled = records.filter(({ topic }) => topic === 'legacy.oms.ord_line').filter(isStreamedRow)[0]!;

  /** All that is known after it is parked, and after everything is taken up again, as often as that leads on. */
  async function known(countMax: number) {
    const { translate } = new Rig([], { rules: stages }).settings();
    const input = records.map((record) =>
      record === spoiled ? edited(record, ({ after }) => (after!['sku'] = { is: 'no text' })) : record,
    );
    const settings = { translate: { ...translate, parts: { countMax, bytesMax: 10_000_000 } } };
    const rig = new Rig(input, { rules: stages, settings });
    expect(await rig.live()).toEqual({ kind: 'drained' });
    // Offsets in the journal depend on the number of Kafka transactions.
    const states = () => new Map([...rig.states()].map(([key, state]) => [key, without(state, 'journal')]));
    const all = () => ({ states: states(), parked: rig.parked(), published: rig.published() });
    const before = all();
    for (let round = 0; round < 3; round += 1) {
      for (const key of Object.keys(rig.parked()).sort()) {
        const { aggregate: name, id } = aggregateRef(key);
        const first = originText(rig.states().get(key)!.parked!.waiting[0]!.origin);
        const command = commandOf({ kind: 'parked.discard', arguments: { aggregate: name, id, first, changeSets: 1 } });
        // Of one size as of the other: the id of a command is remembered.
        rig.command({ ...command, id: `00000000-0000-4000-8000-${String(round).padStart(12, '0')}` });
        await rig.live();
      }
    }
    return { rig, before, after: all() };
  }

  it('come as all that waits leaves them, however little of it is in memory', async () => {
    const [large, small] = [await known(1_000_000), await known(1)];
    const codes = Object.values(large.before.parked);
    expect(new Set(codes)).toEqual(new Set(['ROW_INVALID', 'ROW_OWNER_UNKNOWN']));
    const spilled = small.rig.told.some((event) => event.kind === 'decided' && event.entry.behind !== undefined);
    expect(spilled).toBe(true);
    expect(small.before).toEqual(large.before);
    expect(small.after).toEqual(large.after);
    expect(large.after.parked).not.toEqual(large.before.parked);
  });
});
