/**
 * Operators' decisions over source transactions that are held (SPEC T12): each is carried out once, whatever ends or fails, also when
 * it was sent while nobody ran.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { commandOf, results, unparkOf } from '../../../support/pipeline/commands.js';
import { clearing, FAULTS, NO_FAULT, withFault } from '../../../support/pipeline/faults.js';
import { newestProgress } from '../../../support/pipeline/progress.js';
import { isEnd, isStreamedRow, xidOf } from '../../../support/recorded/histories.js';
import { envelopeOf, readRecording } from '../../../support/recordings.js';
import { replaced } from '../../../support/replaced.js';
import { ProcessEnded, retailerRules, Rig } from '../../../support/rig.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

const records = readRecording('postgres/02-interleaved');
let rules: LoadedRules;
let sound: Rig;
beforeAll(async () => {
  rules = await retailerRules();
  sound = new Rig(records, { rules });
  await sound.live();
});

waitsTakeNoTime();

describe('a source transaction that is held', () => {
  /** One row of an order never arrives; everything behind it waits. */
  const lost = records.findLast(
    (record) => record.topic === 'legacy.oms.ord_line' && isStreamedRow(record) && envelopeOf(record).op === 'c',
  )!;
  const holding = (): Rig =>
    new Rig(
      records.filter((record) => record !== lost),
      { rules },
    );
  const heldIn = (rig: Rig) =>
    rig.told.flatMap((event) => (event.kind === 'sequenced' ? [event.held?.transaction ?? null] : [])).at(-1) ?? null;
  const decide = (kind: 'transaction.release' | 'transaction.quarantine', transaction: string) =>
    commandOf({ kind, arguments: { source: 'legacy', transaction } });
  const touched = (rig: Rig, transaction: string): string[] => [
    ...new Set(
      rig
        .journal()
        .flatMap(({ id, origin, outcome }) => (origin.transactionId === transaction ? [`${id} ${outcome}`] : [])),
    ),
  ];

  async function held(): Promise<{ rig: Rig; transaction: string }> {
    const rig = holding();
    expect(await rig.live()).toEqual({ kind: 'drained' });
    const transaction = heldIn(rig);
    expect(transaction).toMatch(new RegExp(`^${xidOf(lost)}\\b`));
    return { rig, transaction: transaction ?? '' };
  }

  it.each([
    ['transaction.release', 'applied'],
    ['transaction.quarantine', 'parked'],
  ] as const)('%s lets it go, and what is behind it', async (kind, outcome) => {
    const { rig, transaction } = await held();
    rig.command(decide(kind, transaction));
    expect(await rig.live()).toEqual({ kind: 'drained' });
    expect(results(rig)).toEqual(['applied']);
    expect(heldIn(rig)).toBeNull();
    expect(touched(rig, transaction)).toEqual([expect.stringMatching(new RegExp(` ${outcome}$`))]);
    const orders = (r: Rig) => new Set(r.journal().map(({ id }) => id));
    expect(orders(rig)).toEqual(orders(sound));
  });

  it.each(FAULTS)('%s, at whichever call: it is handed on once', async (fault) => {
    const first = await held();
    first.rig.command(decide('transaction.quarantine', first.transaction));
    const watched = withFault(first.rig.ports(), NO_FAULT, clearing(first.rig.store));
    await first.rig.live(watched);
    const journalOf = ({ rig }: { rig: Rig }) =>
      rig.journal().map(({ id, origin, outcome }) => [id, origin.position, outcome]);
    const want = journalOf(first);
    for (const [i, name] of watched.calls.entries()) {
      const next = await held();
      next.rig.command(decide('transaction.quarantine', next.transaction));
      const end = await next.rig.live(withFault(next.rig.ports(), { call: i + 1, fault }, clearing(next.rig.store)));
      if (end.kind === 'crashed') expect(await next.rig.live()).toEqual({ kind: 'drained' });
      const where = `${fault}: call ${i + 1} (${name})`;
      expect(journalOf(next), where).toEqual(want);
      expect(heldIn(next.rig), where).toBeNull();
    }
  });

  it('leaves its decision in the progress until it was handed on, and no longer', async () => {
    const { rig, transaction } = await held();
    const resolved = (): unknown => newestProgress(rig).commands.resolved;
    rig.command(decide('transaction.quarantine', transaction));
    const first = rig.ports();
    let commits = 0;
    const sink = replaced(first.sink, {
      commit: (commit: Parameters<typeof first.sink.commit>[0]) => {
        commits += 1;
        if (commits > 1) throw new ProcessEnded('the process ends when the decision is committed');
        return first.sink.commit(commit);
      },
    });
    expect(await rig.live({ ...first, sink })).toEqual({ kind: 'crashed' });
    const code = 'TRANSACTION_INCOMPLETE';
    expect(resolved()).toEqual([{ source: 'legacy', transaction, how: 'quarantine', code }]);
    expect(touched(rig, transaction)).toEqual([]);
    await rig.live();
    expect(touched(rig, transaction)).toEqual([expect.stringMatching(/ parked$/)]);
    rig.command(unparkOf('none'));
    await rig.live();
    expect(resolved()).toEqual([]);
  });

  it('goes on by a command that was sent while nobody ran, and not by the second one', async () => {
    const { rig, transaction } = await held();
    rig.command(decide('transaction.release', transaction));
    rig.command(decide('transaction.release', transaction));
    await rig.live();
    expect(results(rig)).toEqual(['applied', 'refused']);
    expect(heldIn(rig)).toBeNull();
  });

  it('leaves what the same transaction is held for besides to another decision', async () => {
    const id = xidOf(lost);
    const before = records.filter(isEnd).map(xidOf);
    const missing = before[before.indexOf(id) - 1] ?? '';
    const rig = new Rig(
      records.filter((record) => record !== lost && xidOf(record) !== missing),
      { rules },
    );
    const codeIn = (): string | undefined =>
      rig.told.flatMap((event) => (event.kind === 'sequenced' ? [event.held?.code] : [])).at(-1);
    await rig.live();
    expect([heldIn(rig), codeIn()]).toEqual([id, 'TRANSACTION_INCOMPLETE']);
    rig.command(decide('transaction.release', id));
    await rig.live();
    await rig.live();
    expect([heldIn(rig), codeIn(), touched(rig, id)]).toEqual([id, 'SOURCE_GAP', []]);
    rig.command(decide('transaction.quarantine', id));
    rig.command(decide('transaction.release', id));
    await rig.live();
    expect(results(rig)).toEqual(['applied', 'refused', 'applied']);
    expect(heldIn(rig)).toBeNull();
  });

  it('goes on however many others are held behind it, and each of these by its own decision', async () => {
    const rows = new Map(
      records
        .filter((record) => record.topic === 'legacy.oms.ord_line' && isStreamedRow(record))
        .map((record) => [xidOf(record), record] as const),
    );
    const torn = new Set(rows.values());
    expect(torn.size).toBeGreaterThan(5);
    const rig = new Rig(
      records.filter((record) => !torn.has(record)),
      { rules },
    );
    await rig.live();
    const decided: string[] = [];
    for (let next = heldIn(rig); next !== null && !decided.includes(next); next = heldIn(rig)) {
      decided.push(next);
      rig.command(decide('transaction.quarantine', next));
      await rig.live();
    }
    expect(results(rig)).toEqual([...torn].map(() => 'applied'));
    expect(heldIn(rig)).toBeNull();
  });

  it('does not keep commands on aggregates from taking effect', async () => {
    const rig = new Rig(
      records.filter((record) => record !== lost),
      { rules },
    );
    await rig.live();
    rig.command(unparkOf('800006'));
    await rig.live();
    expect(results(rig)).toEqual(['refused']);
    expect(heldIn(rig)).not.toBeNull();
  });
});
