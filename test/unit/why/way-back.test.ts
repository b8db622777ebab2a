/** From an event, and from a source transaction, back to what was decided: also of what is sealed, masked, expired or held. */
import { describe, expect, it } from 'vitest';
import { origin } from '../../../src/rules/index.js';
import { eventAnswerSchema, showEvent } from '../../../src/why/event.js';
import { trace, traceSchema } from '../../../src/why/trace.js';
import { commandOf } from '../../support/pipeline/commands.js';
import { outsideOf, settingsOf } from '../../support/why/asked.js';
import { Rig } from '../../support/rig.js';
import { hdr, hdrRow, readyRules, SmallSource } from '../../support/sources/ready-orders.js';

const personal = readyRules({ isPersonal: true });
const update = (id: string, sts: string, note: string) => ({ ...hdrRow(id, sts, note), op: 'u' as const });

/** Two orders that one transaction makes ready. */
async function lived(rules = personal): Promise<Rig> {
  const source = new SmallSource()
    .transaction(hdrRow('1', 'OPEN', 'Ada'), hdrRow('2', 'OPEN', 'Mia'))
    .transaction(update('1', 'READY', 'Ada B.'), update('2', 'READY', 'Mia C.'));
  const rig = new Rig(source.records, { rules });
  await rig.live();
  return rig;
}

const eventOf = (rig: Rig, key: string): string =>
  String(rig.published().find((record) => record.key === key)?.value['eventId']);

describe('an event of an aggregate with personal columns', () => {
  it('is shown without its value, unless values are asked for', async () => {
    const rig = await lived();
    const id = eventOf(rig, '1');
    const shown = eventAnswerSchema.parse(await showEvent({ id }, outsideOf(rig), settingsOf(rig)));
    expect(shown).toMatchObject({
      value: null,
      fact: 'OrderReady',
      cause: expect.stringMatching(/^legacy:702:/) as string,
    });
    expect(shown.decision?.rows).toMatchObject([{ was: { sts: 'OPEN', note: '[personal]' } }]);
    expect(JSON.stringify(shown)).not.toMatch(/Ada/);
    const whole = await showEvent({ id, values: true, key: '1' }, outsideOf(rig), settingsOf(rig));
    expect(whole).toMatchObject({ value: { note: 'Ada B.' }, decision: { rows: [{ is: { note: 'Ada B.' } }] } });
  });

  it('is shown so where nothing but its origin says who it was', async () => {
    const origins = [origin.columns(hdr, { user: 'note' })];
    const who = readyRules({ origins, map: (fact) => ({ note: fact.origin.user ?? '' }) });
    const rig = await lived(who);
    const settings = { ...settingsOf(rig), rules: who.rules };
    const id = eventOf(rig, '1');
    expect(await showEvent({ id }, outsideOf(rig), settings)).toMatchObject({
      value: null,
      decision: { said: { user: '[personal]' } },
    });
    expect(await showEvent({ id, values: true }, outsideOf(rig), settings)).toMatchObject({
      value: { note: 'Ada B.' },
    });
  });

  it('of which the decision has expired is still shown, by its record', async () => {
    const rig = await lived();
    const { journal } = rig.settings().topics;
    for (const name of rig.log.partitionsOf(journal)) rig.log.expire(name, rig.log.end(name));
    const id = eventOf(rig, '2');
    expect(await showEvent({ id }, outsideOf(rig), settingsOf(rig))).toMatchObject({
      ...{ decision: null, fact: null, value: null, key: '2', offset: expect.any(Number) as number },
      ...{ type: 'OrderReady.v1', digest: 'd'.repeat(16), cause: expect.stringMatching(/^legacy:702:/) as string },
    });
  });

  it('that was forgotten says who it was of, and no more', async () => {
    const rig = await lived();
    const id = eventOf(rig, '1');
    rig.command(commandOf({ kind: 'forget', arguments: { aggregate: 'order', id: '1' } }));
    await rig.live();
    const shown = await showEvent({ id, values: true }, outsideOf(rig), settingsOf(rig));
    expect(shown).toMatchObject({ key: '1', decision: null });
  });
});

describe('a transaction', () => {
  it('leads to every aggregate that it touched, sealed ones by their keys', async () => {
    const rig = await lived();
    const traced = traceSchema.parse(await trace({ transaction: '702' }, outsideOf(rig), settingsOf(rig)));
    expect(traced.decisions.map(({ id }) => id).sort()).toEqual(['1', '2']);
    expect(traced.decisions.flatMap(({ events }) => events.map(({ id }) => id)).sort()).toEqual(
      ['1', '2'].map((key) => eventOf(rig, key)).sort(),
    );
    expect(JSON.stringify(traced)).not.toMatch(/Ada|Mia/);
    const whole = await trace({ transaction: '702', values: true }, outsideOf(rig), settingsOf(rig));
    expect(JSON.stringify(whole)).toMatch(/Ada B\..*Mia C\.|Mia C\..*Ada B\./);
  });

  it('is not taken for one whose id it is a part of', async () => {
    const rig = await lived();
    for (const transaction of ['70', 'legacy:70', 'other:702'])
      expect((await trace({ transaction }, outsideOf(rig), settingsOf(rig))).decisions).toEqual([]);
  });

  it('that is held says so; and what is not processed yet', async () => {
    const rig = await lived();
    const held = {
      source: 'legacy',
      transaction: '703',
      code: 'SOURCE_GAP',
      text: 'x',
      isWaitedFor: true,
      sinceMs: null,
    };
    const outside = outsideOf(rig, {
      held: () => Promise.resolve({ held: [held] }),
      now: () =>
        Promise.resolve({
          recordsBehind: 7,
          recordsPerSecond: null,
          sourceTimeMs: null,
          clockMs: null,
          digest: 'd',
          unknown: {},
        }),
    });
    const traced = await trace({ transaction: '703' }, outside, settingsOf(rig));
    expect(traced).toMatchObject({ decisions: [], held: { source: 'legacy', code: 'SOURCE_GAP' }, behind: 7 });
    expect(traced.searched).toMatchObject({ isAll: true });
  });

  it('cannot be asked where there is no journal', async () => {
    const rig = await lived();
    const outside = outsideOf(rig, { journal: null });
    await expect(trace({ transaction: '702' }, outside, settingsOf(rig))).rejects.toMatchObject({
      code: 'COMMAND_REFUSED',
    });
  });
});
