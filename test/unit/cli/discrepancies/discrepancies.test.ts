/** What operators are shown of discrepancies and runs, and which they mean by what they say. */
import { describe, expect, it } from 'vitest';
import { lineOf, runLine } from '../../../../src/cli/discrepancies/list.js';
import { linesOf } from '../../../../src/cli/discrepancies/show.js';
import { changedBy, checkedAccept, meantBy, scopeOf } from '../../../../src/cli/repair/accept.js';
import type { CheckRun } from '../../../../src/domain/reconciliation/check-run.js';
import type { Discrepancy, Standing } from '../../../../src/domain/reconciliation/discrepancy.js';
import { acceptOf, after, foundOf, revokeOf } from '../../../support/reconciliation/reports.js';

const RUN = '0f8fad5b-d9cb-469f-a165-70867728950e';
const NOW_MS = Date.parse(after(100));
const OPEN: Standing = { is: 'open' };
const acceptedBy = (command: string, until: string): Standing => ({
  ...{ is: 'accepted', at: after(1), by: 'ada', reason: 'archived by hand', until, command },
});

function discrepancyOf(key: string, state: Standing = OPEN, more: Partial<Discrepancy> = {}): Discrepancy {
  const { evidence, ...found } = foundOf(key);
  expect(evidence).toBeDefined();
  return { ...found, check: 'source', firstSeen: after(0), lastSeen: after(50), state, ...more };
}

describe('a discrepancy', () => {
  it('is a line, and by itself has both sides, how it stands, and the way to why', () => {
    const each = discrepancyOf('4711', acceptedBy(RUN, after(200)), {
      contract: 'OrderReady.v1',
      owner: 'orders team',
    });
    const line = `${each.id}: source missing, order 4711, OrderReady.v1, accepted since ${after(0)}, seen ${after(50)}, critical`;
    expect(lineOf(each, NOW_MS)).toBe(line);
    const evidence = { businessKey: '4711', theirs: '{"sts_cd":"20"}', fields: ['sts_cd'] };
    expect(linesOf({ discrepancy: each, evidence }, NOW_MS)).toEqual([
      line,
      'about: source legacy, table oms.ord_hdr, row 4711',
      'owner: orders team',
      `accepted until ${after(200)} by ada: archived by hand`,
      'ours: nothing',
      'theirs: {"sts_cd":"20"}',
      'different: sts_cd',
      'why: dragoman why order 4711',
    ]);
  });

  it('of no aggregate has none to ask why of', () => {
    const each = discrepancyOf('', { is: 'closed', at: after(60) }, { aggregate: '' });
    expect(linesOf({ discrepancy: each, evidence: null }, NOW_MS)).toEqual([
      `${each.id}: source missing, closed since ${after(0)}, seen ${after(50)}, critical`,
      'about: source legacy, table oms.ord_hdr, row ',
      `settled by itself at ${after(60)}`,
    ]);
  });
});

it('a run says how it stands, what it could not do, and what there was no room for', () => {
  const progress = { startedAt: after(0), position: 'x', done: 100, of: 300, counts: {} };
  const run: CheckRun = {
    ...{ check: 'source', run: RUN, n: 4, by: 'ada', at: after(90), progress, found: 3, closed: 1, beyond: 2 },
    lastDoneAt: null,
  };
  expect(runLine(run, NOW_MS)).toBe(
    `run ${RUN} of source by ada goes on (${after(90)}): 100 of 300 looked at, 3 found, 1 settled, 2 more than are kept`,
  );
  expect(runLine({ ...run, at: after(20) }, NOW_MS)).toContain('was broken off');
  const failed = { ...progress, ended: 'failed', text: 'the database is away' } as const;
  expect(runLine({ ...run, progress: failed }, NOW_MS)).toContain(`failed (${after(90)})`);
  expect(runLine({ ...run, progress: failed }, NOW_MS)).toContain(': the database is away');
});

describe('by what an operator says', () => {
  const [open, other, accepted, over] = [
    discrepancyOf('1'),
    discrepancyOf('2', OPEN, { class: 'extra' }),
    discrepancyOf('3', acceptedBy(RUN, after(200))),
    discrepancyOf('4', acceptedBy(RUN, after(99))),
  ];
  const all = [open, other, accepted, over];
  const missing = { check: 'source', class: 'missing' } as const;

  it('those are meant that it would change', () => {
    const accept = acceptOf({ ...missing, until: after(300) }, 0);
    expect(meantBy(accept, all, NOW_MS)).toEqual([open, accepted, over]);
    expect(meantBy(acceptOf({ ids: [other.id], until: after(300) }, 0), all, NOW_MS)).toEqual([other]);
    expect(meantBy(revokeOf(missing, 0), all, NOW_MS)).toEqual([accepted]);
  });

  it('those are counted that stand as it says', () => {
    const command = acceptOf({ ...missing, until: after(300) }, 0);
    const state = acceptedBy(command.id, after(300));
    expect(changedBy(command, [open, accepted], [{ ...open, state }, accepted, { ...over, state }])).toBe(1);
    expect(changedBy(revokeOf(missing, 0), [accepted], [{ ...accepted, state: OPEN }])).toBe(1);
    expect(changedBy(revokeOf(missing, 0), [accepted], [accepted])).toBe(0);
  });

  it.each([
    ['nothing', [], {}],
    ['ids and a check', [RUN], { check: 'source' }],
    ['a check without a class', [], { check: 'source' }],
    ['a contract alone', [], { contract: 'A.v1' }],
  ])('%s is meant by nobody', (_, ids, scope) => {
    expect(() => scopeOf(ids, scope)).toThrow('Say which');
  });

  it('what would have no effect is refused before it is sent', () => {
    expect(() => checkedAccept(revokeOf({ ids: [open.id] }, 0), all, NOW_MS)).toThrow('DISCREPANCY_UNKNOWN');
    const late = acceptOf({ ids: [open.id], until: after(99) }, 0);
    expect(() => checkedAccept(late, all, NOW_MS)).toThrow('DISCREPANCY_UNTIL_OVER');
  });
});
