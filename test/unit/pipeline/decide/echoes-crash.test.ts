/**
 * Orders that a new service writes back, around a move to it, with one fault at every call to the outside, each another in turn: what it tells in time, tells never, and wrote
 * into what is legacy's comes to the same end each time, and is counted once.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { ALL } from '../../../../src/domain/ownership/route.js';
import { OWNERSHIP } from '../../../../src/pipeline/kept/ownership-counts.js';
import { origin } from '../../../../src/rules/index.js';
import { capability } from '../../../../src/rules/routes/capability.js';
import { routedContracts } from '../../../../src/rules/routes/compile-capabilities.js';
import { without } from '../../../../src/translate/own.js';
import { toldBy } from '../../../support/ownership/service-events.js';
import { clearing, FAULTS, NO_FAULT, withFault } from '../../../support/pipeline/faults.js';
import { type PublishedRecord, Rig, type RigOptions } from '../../../support/rig.js';
import { hdr, hdrRow, readyRules, SMALL_SOURCE_MS, SmallSource } from '../../../support/sources/ready-orders.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

const MINUTE = 60_000;
const READY = 'OrderReady.v1';
const loaded = readyRules({ origins: [origin.columns(hdr, { system: 'note' })] });
const echoes = { system: 'svc', within: '30 minutes' };
const moving = capability('ready', { contracts: loaded.rules.contracts, owner: 'immediate', echoes });
const rules = { ...loaded, rules: { ...loaded.rules, routed: routedContracts([moving]) } };
const settings = { limits: { transactionsMax: 3, rowsMax: 10_000, changeSetsMax: 1_000 } };
const ready = (id: string, by: string) => ({ ...hdrRow(id, 'READY', by), op: 'u' as const });

/** 1 is written by the service while legacy has it, 2 by legacy; behind the move 3 is not told, 4 is, 5 has no sign. */
const source = new SmallSource();
for (const id of ['1', '2', '3', '4', '5']) source.transaction(hdrRow(id, 'OPEN', 'shop'));
source
  .transaction(ready('1', 'svc'))
  .transaction(ready('2', 'shop'))
  .later(10 * MINUTE);
source.transaction(hdrRow('6', 'OPEN', 'shop'));
const before = source.records.length;
source.transaction(ready('3', 'svc')).transaction(ready('4', 'svc')).transaction(ready('5', 'shop'));
source.later(60 * MINUTE).transaction(hdrRow('7', 'OPEN', 'shop'));
const { records } = source;

const at = new Date(SMALL_SOURCE_MS + 5 * MINUTE).toISOString();
const move = {
  ...{ id: '00000000-0000-4000-8000-000000000001', pipeline: 'orders', kind: 'route.move', by: 'ops', reason: 'r', at },
  arguments: { contracts: [READY], selector: ALL, to: 'service', epoch: 0, at },
};
const options: RigOptions = { rules, settings, shapedBy: records, nowMs: SMALL_SOURCE_MS + 3 * 60 * MINUTE };

let told: PublishedRecord;

/** The move is carried out, the service has told of 4, and everything else is still to be done. */
async function begun(): Promise<Rig> {
  const rig = new Rig([], options);
  rig.command(move);
  rig.play(records.slice(0, before));
  await rig.live();
  const { key, value, headers } = toldBy(told, { epoch: 1 });
  rig.log.append(`${told.topic}/0`, { timestampMs: 0, key, value, headers });
  rig.play(records.slice(before));
  return rig;
}

const outcome = (rig: Rig): unknown => ({
  journal: rig
    .journal()
    .map(({ id, outcome: what, echoes: some = [] }) => [id, what, some.map(({ became }) => became)])
    .map((entry) => JSON.stringify(entry))
    .toSorted(),
  published: rig.published().map(({ key, headers }) => `${key} ${headers['ce_type'] ?? ''}`),
  states: Object.fromEntries([...rig.states()].map(([key, state]) => [key, without(state, 'journal')])),
  due: [...rig.stored()].filter(([hash]) => hash.startsWith('~due:')).map(([hash, fields]) => [hash, [...fields]]),
  counts: Object.fromEntries(rig.stored().get(OWNERSHIP) ?? []),
});

let calls: readonly string[];
let undisturbed: ReturnType<typeof outcome>;

beforeAll(async () => {
  const plain = new Rig(records, { rules: loaded, settings, nowMs: options.nowMs ?? 0 });
  await plain.live();
  told = plain.published().find(({ key }) => key === '4') as PublishedRecord;
  const rig = await begun();
  const ports = withFault(rig.ports(), NO_FAULT, clearing(rig.store));
  await rig.live(ports);
  calls = ports.calls;
  undisturbed = outcome(rig);
});

waitsTakeNoTime();

describe('write-backs around a move', () => {
  it('come to what they are', async () => {
    const rig = await begun();
    await rig.live();
    const became = rig.journal().flatMap(({ id, echoes: some = [] }) => some.map((echo) => `${id} ${echo.became}`));
    expect(became.sort()).toEqual([
      ...['1 awaited', '1 not-owned', '3 awaited', '3 expired', '4 suppressed'],
      ...['5 awaited', '5 expired', '5 unsigned'],
    ]);
    expect(rig.published().flatMap(({ key, value }) => ('eventType' in value ? [key] : []))).toEqual(['2', '4']);
    expect(Object.fromEntries(rig.stored().get(OWNERSHIP) ?? [])).toEqual({ [`${READY}\towed`]: '2' });
  });

  it.each(FAULTS)('%s, at its share of the calls: they come to the same, once', async (fault) => {
    for (const [i, name] of calls.entries()) {
      if (i % FAULTS.length !== FAULTS.indexOf(fault)) continue;
      const rig = await begun();
      const end = await rig.live(withFault(rig.ports(), { call: i + 1, fault }, clearing(rig.store)));
      if (end.kind === 'crashed') await rig.live(rig.ports(), rig.settings('another digest'));
      expect(outcome(rig), `${fault}: call ${i + 1} (${name})`).toEqual(undisturbed);
    }
  });
});
