/** What reports and decisions come to: how discrepancies stand, which run counts, what is refused, what there is no room for. */
import { describe, expect, it } from 'vitest';
import type { CommandOutcome, DiscrepancyCommand } from '../../../../src/domain/command.js';
import { RUN_ALIVE_MS } from '../../../../src/domain/reconciliation/check-run.js';
import { WHOLE } from '../../../../src/domain/shard.js';
import { CHECKS_MAX, Checks, RECONCILE_REFUSALS } from '../../../../src/pipeline/discrepancies/checks.js';
import { Discrepancies } from '../../../../src/pipeline/discrepancies/register.js';
import { takeDiscrepancies } from '../../../../src/pipeline/discrepancies/reporting.js';
import { acceptOf, after, foundOf, reportOf, revokeOf } from '../../../support/reconciliation/reports.js';

const [ONE, TWO] = [{ run: '0f8fad5b-d9cb-469f-a165-70867728950e' }, { run: '7c9e6679-7425-40de-944b-e07fc1f90ae7' }];
const DAY = 86_400;

class World {
  readonly checks = new Checks();
  readonly discrepancies: Discrepancies;

  constructor(max?: number) {
    this.discrepancies = new Discrepancies(max);
  }

  take(command: DiscrepancyCommand): CommandOutcome | null {
    return takeDiscrepancies(command, this, WHOLE);
  }

  /** Code of what is refused; else the result. */
  became(command: DiscrepancyCommand): string | undefined {
    const outcome = this.take(command);
    return outcome?.result === 'refused' ? outcome.text.split(':')[0] : outcome?.result;
  }

  is(id: string): string | undefined {
    return this.discrepancies.get(id)?.state.is;
  }
}

const found = foundOf('1001');
const { id } = found;

/** It was found by a run that is done. */
function known(): World {
  const world = new World();
  world.take(reportOf(ONE, 0, 0, { found: [found], progress: { ended: 'done' } }));
  return world;
}

describe('a discrepancy', () => {
  it('that is found again has been there since it was first, and is as it was seen last', () => {
    const world = known();
    world.take(reportOf(TWO, 0, 100, { found: [{ ...found, class: 'different' }] }));
    expect(world.discrepancies.get(id)).toMatchObject({
      ...{ class: 'different', firstSeen: after(0), lastSeen: after(100), state: { is: 'open' } },
    });
    expect([...world.discrepancies.all()]).toHaveLength(1);
  });

  it('that settled by itself is closed, and open anew when it is found again later', () => {
    const world = known();
    world.take(reportOf(TWO, 0, 100, { gone: [id] }));
    expect(world.discrepancies.get(id)?.state).toEqual({ is: 'closed', at: after(100) });
    world.take(reportOf(TWO, 1, 105, { found: [found], lookedAt: after(99) }));
    expect(world.is(id)).toBe('closed');
    world.take(reportOf(TWO, 2, 110, { found: [found], lookedAt: after(109) }));
    expect(world.discrepancies.get(id)).toMatchObject({ firstSeen: after(109), state: { is: 'open' } });
  });

  it('that was repaired is open again by a look after that, and by no other', () => {
    const world = known();
    world.discrepancies.stand(id, { is: 'repaired', at: after(50), by: 'ada', command: ONE.run });
    world.take(reportOf(TWO, 0, 100, { found: [found], lookedAt: after(49) }));
    expect(world.is(id)).toBe('repaired');
    world.take(reportOf(TWO, 1, 101, { found: [found], lookedAt: after(51) }));
    expect(world.is(id)).toBe('open');
  });

  it('is not settled by a run of another check', () => {
    const world = known();
    world.take(reportOf({ ...TWO, check: 'published' }, 0, 100, { gone: [id] }));
    expect(world.is(id)).toBe('open');
  });

  it('that was accepted stays so while it is found as it was, until its time is over, or it is another one', () => {
    const world = known();
    expect(world.became(acceptOf({ ids: [id], until: after(DAY) }, 10))).toBe('applied');
    expect(world.discrepancies.get(id)?.state).toMatchObject({ by: 'ada', until: after(DAY), at: after(10) });
    world.take(reportOf(TWO, 0, 100, { found: [found] }));
    expect(world.is(id)).toBe('accepted');
    world.take(reportOf(TWO, 1, DAY + 1, { progress: { ended: 'done' } }));
    expect(world.is(id)).toBe('open');
    world.take(acceptOf({ ids: [id], until: after(2 * DAY) }, DAY + 2));
    world.take(reportOf(ONE, 0, DAY + 3, { found: [{ ...found, class: 'different' }] }));
    expect(world.is(id)).toBe('open');
  });

  it('is kept 30 days after it settled', () => {
    const world = known();
    world.take(reportOf(TWO, 0, 100, { gone: [id], progress: { ended: 'done' } }));
    world.take(reportOf(ONE, 0, 100 + 30 * DAY, { progress: { ended: 'done' } }));
    expect(world.is(id)).toBe('closed');
    world.discrepancies.takeFresh();
    world.take(reportOf(TWO, 0, 101 + 30 * DAY));
    expect(world.is(id)).toBeUndefined();
    expect(world.discrepancies.takeFresh()).toEqual([
      { hash: '~discrepancies', field: id, value: null },
      { hash: '~evidence', field: id, value: null },
    ]);
  });
});

describe('an operator', () => {
  it('accepts what is open of a class and a contract, and revokes it', () => {
    const world = new World();
    const [a, b, c] = [
      foundOf('1', { contract: 'OrderReady.v1' }),
      foundOf('2', { contract: 'OrderReady.v2' }),
      foundOf('3', { contract: 'OrderReady.v1', class: 'extra' }),
    ];
    world.take(reportOf(ONE, 0, 0, { found: [a, b, c] }));
    const scope = { check: 'source', class: 'missing', contract: 'OrderReady.v1' } as const;
    expect(world.became(acceptOf({ ...scope, until: after(DAY) }, 10))).toBe('applied');
    expect([a, b, c].map((each) => world.is(each.id))).toEqual(['accepted', 'open', 'open']);
    expect(world.became(revokeOf({ check: 'source', class: 'missing' }, 20))).toBe('applied');
    expect(world.is(a.id)).toBe('open');
  });

  it('accepts once by the same command', () => {
    const world = known();
    const command = acceptOf({ ids: [id], until: after(DAY) }, 10);
    expect([world.became(command), world.became(command)]).toEqual(['applied', 'repeated']);
  });

  it.each([
    ['what is not known', acceptOf({ ids: [TWO.run], until: after(DAY) }, 10), 'DISCREPANCY_UNKNOWN'],
    ['what is not accepted', revokeOf({ ids: [id] }, 10), 'DISCREPANCY_UNKNOWN'],
    ['until before', acceptOf({ ids: [id], until: after(9) }, 10), 'DISCREPANCY_UNTIL_OVER'],
    ['for more than a year', acceptOf({ ids: [id], until: after(400 * DAY) }, 10), 'DISCREPANCY_UNTIL_OVER'],
  ])('is refused: %s', (_, command, code) => {
    expect(known().became(command)).toBe(code);
    expect(RECONCILE_REFUSALS).toHaveProperty(code);
  });
});

describe('a run', () => {
  const alive = RUN_ALIVE_MS / 1_000;

  it('is the only one of its check while it lives', () => {
    const world = new World();
    world.take(reportOf(ONE, 0, 0));
    expect(world.became(reportOf(TWO, 0, alive - 1, { found: [found] }))).toBe('CHECK_RUNS');
    expect(world.is(id)).toBeUndefined();
    expect(world.became(reportOf({ ...TWO, check: 'published' }, 0, 1))).toBe('applied');
    expect(world.became(reportOf(TWO, 0, alive, { found: [found] }))).toBe('applied');
    expect(world.became(reportOf(ONE, 1, alive, { gone: [id] }))).toBe('CHECK_OVER');
    expect(world.is(id)).toBe('open');
  });

  it('is followed at once by another when it has ended, and reports no more then', () => {
    const world = known();
    expect(world.became(reportOf(ONE, 1, 1))).toBe('CHECK_OVER');
    expect(world.became(reportOf(TWO, 0, 1))).toBe('applied');
    expect(world.checks.all()).toMatchObject([{ run: TWO.run, lastDoneAt: after(0), found: 0 }]);
  });

  it('cannot begin in the middle', () => {
    expect(new World().became(reportOf(ONE, 1, 0))).toBe('CHECK_OVER');
  });

  it('says where another one goes on, and keeps what it found when it is stored and read again', () => {
    const world = new World();
    world.take(reportOf(ONE, 0, 0));
    world.take(reportOf(ONE, 1, 5, { found: [found], progress: { position: 'oms.ord_hdr 1001' } }));
    const again = new Checks();
    again.reset(world.checks.takeFresh().map(({ field, value }) => [field, value ?? ''] as const));
    expect(again.all()).toEqual(world.checks.all());
    expect(again.all()).toMatchObject([{ n: 1, found: 1, progress: { position: 'oms.ord_hdr 1001' } }]);
  });

  it('is refused when as many checks have reported as there may be', () => {
    const world = new World();
    for (let i = 0; i < CHECKS_MAX; i += 1)
      world.take(reportOf({ ...ONE, check: `projection:${i}` }, 0, 0, { progress: { ended: 'done' } }));
    expect(world.became(reportOf({ ...ONE, check: 'source' }, 0, 0))).toBe('CHECKS_MANY');
    expect(world.became(reportOf({ ...TWO, check: 'projection:7' }, 0, 0))).toBe('applied');
  });
});

describe('room', () => {
  const all = ['1', '2', '3', '4'].map((key) => foundOf(key));

  it('there is for so many: what is beyond is counted, and not kept', () => {
    const world = new World(3);
    world.take(reportOf(ONE, 0, 0, { found: all }));
    expect([...world.discrepancies.all()]).toHaveLength(3);
    expect(world.checks.all()).toMatchObject([{ found: 3, beyond: 1 }]);
  });

  it('is made by those that settled first', () => {
    const world = new World(3);
    const [a, b, c, d] = all.map((each) => each.id) as [string, string, string, string];
    world.take(reportOf(ONE, 0, 0, { found: all.slice(0, 3) }));
    world.take(reportOf(ONE, 1, 1, { gone: [b] }));
    world.take(reportOf(ONE, 2, 2, { gone: [a] }));
    world.take(reportOf(ONE, 3, 3, { found: all.slice(3) }));
    expect([a, b, c, d].map((each) => world.is(each))).toEqual(['closed', undefined, 'open', 'open']);
    expect(world.checks.all()).toMatchObject([{ found: 4, beyond: 0 }]);
  });

  it('is known again from what is stored', () => {
    const world = new World(2);
    world.take(reportOf(ONE, 0, 0, { found: all.slice(0, 2) }));
    world.take(reportOf(ONE, 1, 1, { gone: [all[0]!.id] }));
    const cells = world.discrepancies.takeFresh().filter(({ hash }) => hash === '~discrepancies');
    const again = new Discrepancies(2);
    again.reset(cells.map(({ field, value }) => [field, value ?? ''] as const));
    expect([...again.all()]).toEqual([...world.discrepancies.all()]);
    expect(again.found(all[2]!, { check: 'source', lookedAt: after(2) })).toBe(true);
    expect(again.found(all[3]!, { check: 'source', lookedAt: after(2) })).toBe(false);
  });
});
