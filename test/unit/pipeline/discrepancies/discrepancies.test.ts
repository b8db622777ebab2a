/** Reports of checks as a pipeline takes them: each once, with one fault at every call, by two shards, after a restore; nothing else is another by them. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import type { Command } from '../../../../src/domain/command.js';
import { foundOf, acceptOf, registerIn, reportOf, after } from '../../../support/reconciliation/reports.js';
import { commandOf, outcomes, results } from '../../../support/pipeline/commands.js';
import { clearing, FAULTS, NO_FAULT, withFault } from '../../../support/pipeline/faults.js';
import { readRecording } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

const records = readRecording('postgres/02-interleaved');
let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});

waitsTakeNoTime();

const RUN = { run: '0f8fad5b-d9cb-469f-a165-70867728950e' };
const [LOST, WRONG, SETTLED] = [foundOf('1001'), foundOf('1002', { class: 'different' }), foundOf('1003')];

/** One run finds three, of which one settles by itself and one is accepted. Each report is there twice, as after an answer that was lost. */
const history = (): Command[] =>
  [
    reportOf(RUN, 0, 0),
    reportOf(RUN, 1, 5, { found: [LOST, SETTLED] }),
    reportOf(RUN, 2, 10, { found: [WRONG], gone: [SETTLED.id] }),
    acceptOf({ ids: [WRONG.id], until: after(86_400) }, 12),
    reportOf(RUN, 3, 15, { progress: { ended: 'done', done: 300 } }),
  ].flatMap((command) => [command, command]);

const STANDS = [
  [SETTLED.id, 'closed', 5, 5],
  [LOST.id, 'open', 5, 5],
  [WRONG.id, 'accepted', 10, 10],
].sort();

const standing = ({ discrepancies }: Awaited<ReturnType<typeof registerIn>>): unknown[] =>
  discrepancies
    .map(({ id, state, firstSeen, lastSeen }) => [id, state.is, seconds(firstSeen), seconds(lastSeen)])
    .sort();
const seconds = (at: string): number => (Date.parse(at) - Date.parse(after(0))) / 1_000;

function told(rig: Rig, commands: readonly object[]): Rig {
  for (const command of commands) rig.command(command);
  return rig;
}

const begun = (): Rig => told(new Rig(records, { rules }), history());

describe('what a check reports', () => {
  it('stands in the store once, with its run and what both sides showed; a report that is read again changes nothing', async () => {
    const rig = begun();
    expect(await rig.live()).toEqual({ kind: 'drained' });
    expect(results(rig)).toEqual(history().map((_, i) => (i % 2 === 0 ? 'applied' : 'repeated')));
    const read = await registerIn([rig.store]);
    expect(standing(read)).toEqual(STANDS);
    expect(read.evidence).toEqual([LOST.id, WRONG.id, SETTLED.id].sort());
    expect(read.runs).toMatchObject([
      { ...RUN, check: 'source', n: 3, found: 3, closed: 1, beyond: 0, lastDoneAt: after(15), by: 'ada' },
    ]);
  });

  it('changes nothing of what is published, remembered or journalled', async () => {
    const [bare, rig] = [new Rig(records, { rules }), begun()];
    await bare.live();
    await rig.live();
    expect(rig.published()).toEqual(bare.published());
    expect(rig.states()).toEqual(bare.states());
    expect(rig.journal().length).toBe(bare.journal().length);
    const hashes = (of: Rig): string[] => [...of.stored().keys()].filter((hash) => hash.startsWith('~'));
    expect(
      hashes(rig)
        .filter((hash) => !hashes(bare).includes(hash))
        .sort(),
    ).toEqual([...['~checks', '~discrepancies', '~evidence']]);
  });

  it('is told to those who watch when it ends, and when a task begins', async () => {
    const rig = begun();
    await rig.live();
    expect(rig.told.filter(({ kind }) => kind === 'checked')).toEqual([
      { kind: 'checked', check: 'source', ended: 'done', seconds: 15 },
    ]);
    const last = rig.told.findLast((event) => event.kind === 'discrepancies');
    const count = { check: 'source', severity: 'critical', count: 1 };
    const firstMs = Date.parse(after(5));
    const counts = [
      { ...count, class: 'missing', state: 'open', oldestMs: firstMs },
      { ...count, class: 'missing', state: 'closed', oldestMs: firstMs },
      { ...count, class: 'different', state: 'accepted', oldestMs: firstMs + 5_000 },
    ];
    expect(last?.all).toHaveLength(3);
    expect(last?.all).toEqual(expect.arrayContaining(counts));
    rig.told.length = 0;
    await rig.live();
    const again = rig.told.find((event) => event.kind === 'discrepancies');
    expect(again?.all).toEqual(expect.arrayContaining(counts));
    expect(again?.checks).toEqual([{ check: 'source', lastDoneAt: after(15), beyond: 0 }]);
  });

  it('goes with its aggregate when that is forgotten', async () => {
    const rig = new Rig(records, { rules });
    await rig.live();
    const [id = ''] = [...rig.states().keys()].flatMap((key) => (key.startsWith('order:') ? [key.slice(6)] : []));
    const [own, other] = [foundOf(id), foundOf('stranger')];
    told(rig, [
      reportOf(RUN, 0, 0, { found: [own, other] }),
      commandOf({ kind: 'forget', arguments: { aggregate: 'order', id } }),
    ]);
    await rig.live();
    const read = await registerIn([rig.store]);
    expect(read.discrepancies.map((each) => each.id)).toEqual([other.id]);
    expect(read.evidence).toEqual([other.id]);
  });
});

describe('with one fault', () => {
  it.each(FAULTS)('%s: each report counts once, whichever call it is', async (fault) => {
    const watched = begun();
    const { calls } = await counted(watched);
    const first = FAULTS.indexOf(fault) + 1;
    for (let call = first; call <= calls; call += FAULTS.length) {
      const rig = begun();
      const end = await rig.live(withFault(rig.ports(), { call, fault }, clearing(rig.store)));
      if (end.kind === 'crashed') expect(await rig.live()).toEqual({ kind: 'drained' });
      const read = await registerIn([rig.store]);
      expect(standing(read), `call ${call}`).toEqual(STANDS);
      expect(read.runs, `call ${call}`).toMatchObject([{ n: 3, found: 3, closed: 1 }]);
      expect(read.evidence, `call ${call}`).toHaveLength(3);
    }
  });

  async function counted(rig: Rig): Promise<{ readonly calls: number }> {
    const ports = withFault(rig.ports(), NO_FAULT, clearing(rig.store));
    await rig.live(ports);
    return { calls: ports.calls.length };
  }
});

describe('of several shards', () => {
  const nobodys = foundOf('', { subject: { contract: 'OrderReady.v1', eventId: 'x' } });

  it('each has its own, the first what is nobody’s, and all the same runs', async () => {
    const shards = Rig.shards(records, { rules, shards: 2 });
    const found = ['1001', '1002', '1003', '1004', '1005', '1006'].map((key) => foundOf(key));
    const run = { ...RUN, check: 'published' };
    const { discrepancyId } = await import('../../../../src/domain/reconciliation/discrepancy.js');
    const foreign = { ...nobodys, class: 'foreign' as const, id: discrepancyId('published', nobodys.subject) };
    told(shards[0]!, [
      reportOf(RUN, 0, 0, { found }),
      reportOf(run, 0, 0, { found: [foreign] }),
      acceptOf({ ids: [found[0]!.id], until: after(86_400) }, 3),
    ]);
    for (const shard of shards) expect(await shard.live()).toEqual({ kind: 'drained' });
    const each = await Promise.all(shards.map(({ store }) => registerIn([store])));
    const ids = each.map(({ discrepancies }) => discrepancies.map(({ id }) => id));
    expect(ids.flat().sort()).toEqual([...found, foreign].map(({ id }) => id).sort());
    expect(ids[0]).toContain(foreign.id);
    expect(ids.every((own) => own.length > 1)).toBe(true);
    const runs = each.map((read) => read.runs.map(({ check, run: id, n }) => [check, id, n]));
    expect(runs[0]).toEqual(runs[1]);
    const together = await registerIn(shards.map(({ store }) => store));
    expect(together.runs.map(({ check, found: count }) => [check, count])).toEqual([
      ['published', 1],
      ['source', 6],
    ]);
    const decided = shards.flatMap((shard) =>
      outcomes(shard).flatMap(({ kind, result }) => (kind === 'discrepancy.accept' ? [result] : [])),
    );
    expect(decided).toEqual(['applied']);
  });
});
