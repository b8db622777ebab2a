/**
 * What is counted of decisions is told with the Kafka transaction that makes them count: one that fails, and is made again, is told once. Only when
 * its answer is lost, or the process ends on the way, nobody is told.
 */
import { describe, expect, it } from 'vitest';
import type { PipelineEvent } from '../../../../src/pipeline/events.js';
import { unparkOf } from '../../../support/pipeline/commands.js';
import { clearing, FAULTS, NO_FAULT, withFault } from '../../../support/pipeline/faults.js';
import { Rig } from '../../../support/rig.js';
import { hdrRow, lineRow, readyRules, SMALL_SOURCE_MS, SmallSource } from '../../../support/sources/ready-orders.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

const DAY = 24 * 60 * 60 * 1_000;
const COUNTED = ['decided', 'parked', 'orphan', 'clockRefused', 'command', 'commandsLost'] as const;

waitsTakeNoTime();

/** An order is retired and one of its rows deleted, another one is parked, and one transaction has a time that nobody believes. */
const source = (): SmallSource =>
  new SmallSource()
    .transaction(hdrRow('1', 'DONE'), lineRow('11', '1'))
    .transaction(hdrRow('2', 'READY'))
    .later(2 * DAY)
    .transaction(hdrRow('3', 'READY'))
    .transaction({ ...lineRow('11', '1'), op: 'd', row: { line_id: 11 } })
    .later(200 * DAY)
    .transaction(hdrRow('4', 'READY'))
    .later(-200 * DAY)
    .transaction(hdrRow('5', 'READY'));

/** Two commands were carried out, their log was made anew, and there is another one. */
async function made(): Promise<Rig> {
  const rules = readyRules({
    when: ({ header }) => {
      if (header?.id === '2') throw new Error('a mistake');
      return header?.sts === 'READY';
    },
    retire: { when: ({ header }) => header?.sts === 'DONE', after: '1 day' },
  });
  const settings = { limits: { transactionsMax: 1, rowsMax: 10_000, changeSetsMax: 1_000 } };
  const { records } = source();
  const rig = new Rig([], { rules, settings, nowMs: SMALL_SOURCE_MS + 100 * DAY, shapedBy: records });
  const { commands } = rig.settings().topics;
  for (let i = 0; i < 2; i += 1) rig.command(unparkOf('nobody'));
  await rig.live();
  rig.log.createTopic(commands, 1);
  rig.command(unparkOf('2'));
  rig.play(records);
  rig.told.length = 0;
  return rig;
}

const counts = ({ told }: Rig): Record<string, number> =>
  Object.fromEntries(COUNTED.map((kind) => [kind, told.filter((event: PipelineEvent) => event.kind === kind).length]));

async function undisturbed(): Promise<{ readonly calls: readonly string[]; readonly counted: Record<string, number> }> {
  const rig = await made();
  const ports = withFault(rig.ports(), NO_FAULT, clearing(rig.store));
  expect(await rig.live(ports)).toEqual({ kind: 'drained' });
  return { calls: ports.calls, counted: counts(rig) };
}

describe('what is told of decisions', () => {
  it('is each of them, where nothing fails', async () => {
    const { counted } = await undisturbed();
    expect(counted).toMatchObject({ parked: 1, orphan: 1, clockRefused: 1, command: 1, commandsLost: 1 });
    expect(counted.decided).toBeGreaterThan(5);
  });

  it.each(FAULTS)('is no more when, at whichever call, %s', async (fault) => {
    const { calls, counted } = await undisturbed();
    const isToldLess = fault === 'answer is lost' || fault === 'process ends after the call';
    for (const [i, name] of calls.entries()) {
      const rig = await made();
      const end = await rig.live(withFault(rig.ports(), { call: i + 1, fault }, clearing(rig.store)));
      if (end.kind === 'crashed') await rig.live();
      const of = `${fault}: call ${i + 1} (${name})`;
      const now = counts(rig);
      if (isToldLess && name === 'commit')
        for (const kind of COUNTED) expect(now[kind], `${of}: ${kind}`).toBeLessThanOrEqual(counted[kind] ?? 0);
      else expect(now, of).toEqual(counted);
    }
  });
});
