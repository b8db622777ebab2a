/** Operators' decisions about what a second snapshot showed and nobody had read (SPEC T12): carried out once, and kept. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { ownedRows } from '../../../../src/changeset/owners.js';
import { aggregateRef, type AggregateState, aggregateText } from '../../../../src/domain/state/aggregate-state.js';
import { StoredStates } from '../../../../src/pipeline/state/stored-states.js';
import { commandOf, results } from '../../../support/pipeline/commands.js';
import { clearing, FAULTS, NO_FAULT, withFault } from '../../../support/pipeline/faults.js';
import { numbersOfValues } from '../../../support/pipeline/numbering.js';
import { readRecording } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

const records = readRecording('postgres/07-resnapshot');
/** It is gone from the second snapshot. */
const VANISHED = '200002';

let rules: LoadedRules;
/** It has missed facts. */
let missing: string;
beforeAll(async () => {
  rules = await retailerRules();
  const rig = await read();
  const [key = ''] = [...rig.states()].find(([, { findings }]) => (findings?.missed.length ?? 0) > 0) ?? [];
  missing = aggregateRef(key).id;
});

waitsTakeNoTime();

async function read(): Promise<Rig> {
  const rig = new Rig(records, { rules });
  await rig.live();
  return rig;
}

const publishOf = (id: string) => commandOf({ kind: 'missed.publish', arguments: { aggregate: 'order', id } });
const dismissOf = (id: string, keepRows: boolean) =>
  commandOf({ kind: 'missed.dismiss', arguments: { aggregate: 'order', id, keepRows } });

/** As the store has it. */
async function stateOf(rig: Rig, id: string): Promise<AggregateState> {
  const stored = new StoredStates(rig.store);
  const marker = (await rig.store.marker()) ?? '';
  await stored.open(marker);
  const [found] = await stored.load(marker, [aggregateText({ aggregate: 'order', id })]);
  return found!.state!;
}

/** Rows that the index says are of an order. */
const indexedOf = (rig: Rig, id: string): string[] =>
  [...(rig.stored().get('~rows') ?? [])].flatMap(([row, owner]) => (owner === `order:${id}` ? [row] : [])).sort();
/** Those that its state has, seen by rules or vanished. */
const ownedOf = (rig: Rig, id: string): string[] => {
  const state = rig.states().get(`order:${id}`)!;
  return [...ownedRows({ aggregate: 'order', id }, state, rules.rules).keys()].sort();
};
const forgetOf = (id: string) => commandOf({ kind: 'forget', arguments: { aggregate: 'order', id } });

describe('rows that vanished, in the row index', () => {
  it.each([
    ['published', publishOf, 1],
    ['dismissed', (id: string) => dismissOf(id, false), 1],
    ['dismissed, with its rows kept', (id: string) => dismissOf(id, true), 0],
  ])('go when they are removed: what was missed is %s', async (_, commandFor, gone) => {
    const rig = await read();
    const before = indexedOf(rig, missing);
    expect(before).toEqual(ownedOf(rig, missing));
    rig.command(commandFor(missing));
    await rig.live();
    expect(results(rig)).toEqual(['applied']);
    expect(indexedOf(rig, missing)).toEqual(ownedOf(rig, missing));
    expect(before.length - indexedOf(rig, missing).length).toBe(gone);
    rig.command(forgetOf(missing));
    await rig.live();
    expect(results(rig)).toEqual(['applied', 'applied']);
    expect(indexedOf(rig, missing)).toEqual([]);
  });
});

describe('missed.publish', () => {
  it('publishes what was missed, and leaves nothing open', async () => {
    const rig = await read();
    const open = (await stateOf(rig, missing)).findings?.missed ?? [];
    const before = rig.eventsOf(missing);
    rig.command(publishOf(missing));
    expect(await rig.live()).toEqual({ kind: 'drained' });
    expect(results(rig)).toEqual(['applied']);
    expect(rig.eventsOf(missing).slice(0, before.length)).toEqual(before);
    const published = rig.eventsOf(missing).slice(before.length);
    expect(published.map(({ eventType }) => eventType)).toEqual(open.map(({ fact }) => fact));
    expect(published.length).toBeGreaterThan(0);
    const all = [...before, ...published];
    expect(all.map(({ sequence }) => sequence)).toEqual(numbersOfValues(all));
    expect((await stateOf(rig, missing)).findings).toBeUndefined();
    const outcomes = rig.journal().slice(-2);
    expect(outcomes).toMatchObject([{ outcome: 'command' }, { outcome: 'missed-published', id: missing }]);
  });

  it('finds nothing open the second time', async () => {
    const rig = await read();
    const first = publishOf(missing);
    for (const command of [first, first, publishOf(missing)]) rig.command(command);
    await rig.live();
    expect(results(rig)).toEqual(['applied', 'repeated', 'refused']);
  });

  it.each(FAULTS)('%s, at whichever call: the events come once', async (fault) => {
    const first = await read();
    const command = publishOf(missing);
    first.command(command);
    const watched = withFault(first.ports(), NO_FAULT, clearing(first.store));
    await first.live(watched);
    for (const [i, name] of watched.calls.entries()) {
      const rig = await read();
      rig.command(command);
      const end = await rig.live(withFault(rig.ports(), { call: i + 1, fault }, clearing(rig.store)));
      if (end.kind === 'crashed') expect(await rig.live()).toEqual({ kind: 'drained' });
      expect(rig.published(), `${fault}: call ${i + 1} (${name})`).toEqual(first.published());
    }
  });
});

describe('missed.dismiss', () => {
  it.each([
    ['removes the rows that the snapshot did not show', false, 0],
    ['keeps them when told to', true, 1],
  ])('%s, and publishes nothing', async (_, keepRows, headers) => {
    const rig = await read();
    const published = rig.published();
    rig.command(dismissOf(VANISHED, keepRows));
    expect(await rig.live()).toEqual({ kind: 'drained' });
    expect(results(rig)).toEqual(['applied']);
    expect(rig.published()).toEqual(published);
    const state = await stateOf(rig, VANISHED);
    expect(state.findings).toBeUndefined();
    expect(Object.keys(state.rows['oms.ord_hdr'] ?? {})).toHaveLength(headers);
  });
});
