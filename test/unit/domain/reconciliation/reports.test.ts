/** What a report may say: everything in it is bounded, and what is found goes with its check and its subject. */
import { describe, expect, it } from 'vitest';
import { COMMAND_CHARS_MAX, readCommand, REPORT_CHARS_MAX, subjectOf } from '../../../../src/domain/command.js';
import { FOUND_MAX, GONE_MAX, POSITION_CHARS_MAX } from '../../../../src/domain/reconciliation/check-run.js';
import {
  CHECK_KINDS,
  checkKindOf,
  DISCREPANCY_CLASSES,
  discrepancyId,
  isClassOf,
  keySubject,
  projectionCheck,
  SIDE_CHARS_MAX,
  standsAt,
} from '../../../../src/domain/reconciliation/discrepancy.js';
import { acceptOf, after, foundOf, reportOf, revokeOf } from '../../../support/reconciliation/reports.js';

const RUN = { run: '0f8fad5b-d9cb-469f-a165-70867728950e' };
const read = (command: object) => readCommand(JSON.stringify(command));
const why = (command: object): string => {
  const became = read(command);
  return became.kind === 'command' ? 'command' : became.text;
};

describe('a report', () => {
  it('is read as it was written', () => {
    const command = reportOf(RUN, 0, 0, { found: [foundOf('1001')], gone: [RUN.run] });
    expect(read(command)).toEqual({ kind: 'command', command });
    expect(subjectOf(command)).toBe(`source, run ${RUN.run}, report 0`);
  });

  const big = { ...foundOf('1'), evidence: { ours: 'x'.repeat(SIDE_CHARS_MAX), fields: [] } };

  it.each([
    ['a class that its check does not find', { found: [{ ...foundOf('1'), class: 'twice' }] }, 'found.0.class'],
    ['an id that is not its subject’s', { found: [{ ...foundOf('1'), id: RUN.run }] }, 'found.0.id'],
    [
      'a side that is too long',
      { found: [{ ...big, evidence: { ours: `${big.evidence.ours}x`, fields: [] } }] },
      'ours',
    ],
    ['too many', { found: Array.from({ length: FOUND_MAX + 1 }, (_, i) => foundOf(String(i))) }, 'found'],
    ['too many that are gone', { gone: Array.from({ length: GONE_MAX + 1 }, () => RUN.run) }, 'gone'],
    ['a position that is too long', { progress: { position: 'x'.repeat(POSITION_CHARS_MAX + 1) } }, 'position'],
    [
      'counts without end',
      { progress: { counts: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`word ${i}`, 1])) } },
      'counts',
    ],
    ['a count below 0', { progress: { done: -1 } }, 'done'],
    ['an end that there is not', { progress: { ended: 'over' } }, 'ended'],
    ['a check that there is not', { check: 'weather' }, 'check'],
    ['no run', { run: 'one' }, 'run'],
    ['something else', { more: 1 }, 'arguments'],
  ])('is none with %s', (_, more, place) => {
    expect(why(reportOf(RUN, 0, 0, more as never))).toContain(place);
  });

  it('may be longer than other commands, and not longer than that', () => {
    const ofLength = (count: number) => reportOf(RUN, 0, 0, { found: bigs.slice(0, count) });
    const bigs = Array.from({ length: FOUND_MAX }, (_, i) => ({ ...foundOf(String(i)), evidence: big.evidence }));
    expect(JSON.stringify(ofLength(20)).length).toBeGreaterThan(COMMAND_CHARS_MAX);
    expect(why(ofLength(20))).toBe('command');
    expect(why(ofLength(FOUND_MAX))).toContain(`at most ${REPORT_CHARS_MAX}`);
    const others = Array.from({ length: 100 }, (_, i) => discrepancyId('source', keySubject(String(i))));
    expect(why(acceptOf({ ids: others, until: after(1) }, 0))).toBe('command');
    const long = { ...acceptOf({ ids: others, until: after(1) }, 0), reason: ' '.repeat(COMMAND_CHARS_MAX) + 'x' };
    expect(why(long)).toContain(`at most ${COMMAND_CHARS_MAX}`);
  });
});

describe('a decision', () => {
  it('is over ids, or over all of a check and class', () => {
    expect(why(revokeOf({ ids: [RUN.run] }, 0))).toBe('command');
    expect(why(revokeOf({ check: 'source', class: 'missing' }, 0))).toBe('command');
    expect(why(revokeOf({ ids: [RUN.run], check: 'source', class: 'missing' } as never, 0))).not.toBe('command');
    expect(why(revokeOf({ ids: [] }, 0))).not.toBe('command');
    expect(why(acceptOf({ ids: [RUN.run] } as never, 0))).not.toBe('command');
    expect(subjectOf(revokeOf({ check: 'source', class: 'missing', contract: 'A.v1' }, 0))).toBe(
      'source missing of A.v1',
    );
  });
});

describe('a subject', () => {
  it('has one id, whatever the order of its values, and another one under another check', () => {
    const [a, b] = [discrepancyId('published', { x: '1', y: '2' }), discrepancyId('published', { y: '2', x: '1' })];
    expect(a).toBe(b);
    expect(discrepancyId('source', { x: '1', y: '2' })).not.toBe(a);
    expect(discrepancyId('published', { x: '12', y: '' })).not.toBe(a);
  });
});

describe('a check', () => {
  it('finds what its kind finds', () => {
    const classes = Object.fromEntries(
      ['source', 'published', projectionCheck('shipping')].map((check) => [
        checkKindOf(check),
        DISCREPANCY_CLASSES.filter((is) => isClassOf(check, is)),
      ]),
    );
    expect(Object.keys(classes)).toEqual([...CHECK_KINDS]);
    expect(classes).toEqual({
      source: ['missing', 'extra', 'different'],
      published: ['missing', 'different', 'twice', 'foreign', 'outOfOrder'],
      projection: ['missing', 'extra', 'different', 'twice', 'late'],
    });
  });
});

it('what was accepted until an instant stands open from then on', () => {
  const state = { is: 'accepted', at: after(0), by: 'ada', reason: 'r', until: after(10), command: RUN.run } as const;
  expect([9, 10].map((at) => standsAt({ state }, Date.parse(after(at))))).toEqual(['accepted', 'open']);
});
