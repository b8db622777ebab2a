/** When an aggregate is retired: what rule authors may write. */
import { describe, expect, it } from 'vitest';
import { checkRuleSet } from '../../../../src/rules/check/check.js';
import { compileRuleSet } from '../../../../src/rules/compile.js';
import { DURATION_MAX_MS, durationMs } from '../../../../src/rules/duration.js';
import { aggregate, legacy, one, ruleSet, table } from '../../../../src/rules/index.js';

const head = table('s.head', { key: ['id'], columns: { id: legacy.bigint(), sts: legacy.text() } });
const members = { head: one(head, (row) => row.id) };
const rules = (after: string, when: Record<string, unknown>) =>
  ruleSet({
    aggregates: [aggregate('order', members, { retire: { after, when: when as Record<string, () => boolean> } })],
    facts: [],
    publications: [],
  });
const problems = (after: string, when: Record<string, unknown> = { 'it is there': () => true }) =>
  checkRuleSet(rules(after, when)).map(({ code, text }) => `${code} ${text}`);

describe('durations', () => {
  it.each([
    ['1 minute', 60_000],
    ['1 hour', 3_600_000],
    ['36 hours', 36 * 3_600_000],
    ['1 day', 86_400_000],
    ['90 days', 90 * 86_400_000],
    ['3650 days', DURATION_MAX_MS],
  ])('%s', (text, ms) => expect(durationMs(text)).toBe(ms));

  it.each(['0 days', '3651 days', '90', 'days', '1.5 days', '-1 days', '90  days', '9 weeks', '', '90 days '])(
    '"%s" is none',
    (text) => expect(durationMs(text)).toBeNull(),
  );

  it.each([90, null, undefined, {}])('neither is %s', (value) => expect(durationMs(value)).toBeNull());
});

describe('retire', () => {
  it('is compiled with its span in ms; an aggregate without it is never retired', () => {
    const compiled = compileRuleSet(rules('90 days', { 'it is there': () => true }));
    expect(compiled.aggregates.get('order')?.retire).toMatchObject({
      afterMs: 90 * 86_400_000,
      conditions: [{ name: 'it is there' }],
    });
    const without = ruleSet({ aggregates: [aggregate('order', members)], facts: [], publications: [] });
    expect(compileRuleSet(without).aggregates.get('order')?.retire).toBeNull();
  });

  it('names what is wrong with it', () => {
    expect(problems('90 days')).toEqual([]);
    expect(problems('soon')).toEqual([
      'RETIRE_INVALID retire: after is "soon", and must be whole minutes, hours or days, from "1 minute" to "3650 days": so long nothing may have changed',
    ]);
    expect(problems('90 days', {})).toEqual([expect.stringContaining('RETIRE_INVALID retire: needs at least one')]);
    expect(problems('90 days', { 'it is there': true })).toEqual([
      'RETIRE_INVALID retire: its conditions must be functions',
    ]);
  });
});
