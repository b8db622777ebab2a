/** Interventions: what rule authors may write. */
import { describe, expect, it } from 'vitest';
import { checkRuleSet } from '../../../../../src/rules/check/check.js';
import { noteProblems } from '../../../../../src/rules/check/notes.js';
import { compileRuleSet } from '../../../../../src/rules/compile.js';
import { instantMs } from '../../../../../src/rules/values/instant.js';
import {
  aggregate,
  having,
  intervention,
  legacy,
  lookup,
  one,
  ruleSet,
  table,
} from '../../../../../src/rules/index.js';

const head = table('s.head', {
  key: ['id'],
  columns: { id: legacy.bigint(), usr: legacy.text(), sts: legacy.code({ '1': 'open', '2': 'done' }) },
});
const place = table('s.place', { key: ['id'], columns: { id: legacy.bigint(), usr: legacy.text() } });
const order = aggregate('order', { head: one(head, (row) => row.id) }, { lookups: { places: lookup(place) } });

type Options = Parameters<typeof intervention>[1];
const rules = (...interventions: ReturnType<typeof intervention>[]) =>
  ruleSet({ aggregates: [order], facts: [], publications: [], interventions });
const problems = (options: object, name = 'the fix') =>
  checkRuleSet(rules(intervention(name, options as Options))).map(
    ({ code, text, about }) => `${code} ${about.word ?? ''}: ${text}`,
  );

describe('what is understood', () => {
  it.each<[string, Options]>([
    ['a prefix', { annotated: { prefix: 'fix' } }],
    ['a text', { annotated: { prefix: 'fix', content: 'codes' } }],
    ['texts', { annotated: { prefix: 'fix', content: ['codes', 'zips'] } }],
    ['fields', { annotated: { prefix: 'fix', content: { user: 'dba', why: ['codes', 'zips'] } } }],
    ['a value', { rows: having(head, { usr: 'DBA' }) }],
    ['values, as rules see them', { rows: [having(head, { usr: ['DBA', 'BATCH'], sts: 'done' })] }],
    ['a time', { within: { from: '2026-03-01T20:00:00Z', until: '2026-03-01T22:30:00.5+01:00' } }],
  ])('%s', (_, options) => expect(problems(options)).toEqual([]));

  it('is compiled: annotations once, values by table, times in ms', () => {
    const within = { from: '2026-03-01T20:00:00Z', until: '2026-03-01T22:00:00+01:00' };
    const compiled = compileRuleSet(
      rules(
        intervention('one', { annotated: { prefix: 'fix', content: 'a' } }),
        intervention('two', {
          annotated: { prefix: 'fix', content: ['a'] },
          within,
          rows: having(head, { usr: 'DBA' }),
        }),
      ),
    );
    expect(compiled.annotations).toHaveLength(1);
    expect(compiled.interventions).toEqual([
      { name: 'one', annotation: '["fix",["a"]]', rows: new Map(), fromMs: -Infinity, untilMs: Infinity },
      {
        ...{ name: 'two', annotation: '["fix",["a"]]', rows: new Map([['s.head', [['usr', ['DBA']]]]]) },
        ...{ fromMs: Date.parse(within.from), untilMs: Date.parse(within.from) + 3_600_000 },
      },
    ]);
    expect(compileRuleSet(ruleSet({ aggregates: [order], facts: [], publications: [] }))).toMatchObject({
      interventions: [],
      annotations: [],
    });
  });
});

describe('what is not', () => {
  it.each<[object, string]>([
    [{}, 'says nothing of its transactions'],
    [{ annotated: { prefix: '' } }, 'annotated: annotated: its prefix is ""'],
    [{ annotated: { prefix: 'fix', content: [] } }, 'its content must be'],
    [{ annotated: { prefix: 'fix', content: {} } }, 'its content must be'],
    [{ annotated: { prefix: 'fix', content: { user: 7 } } }, 'its content must be'],
    [{ rows: head }, 'write having(table'],
    [{ rows: [having(head, { usr: 'A' }), having(head, { usr: 'B' })] }, 's.head is there twice'],
    [{ rows: having(head, {}) }, 'no column of s.head is named'],
    [{ rows: having(place, { usr: 'DBA' }) }, 's.place is no member of an aggregate'],
    [{ rows: having(head, { user: 'DBA' } as never) }, 's.head declares no column user'],
    [{ rows: having(head, { usr: [] }) }, 'no value of usr is named'],
    [{ rows: having(head, { usr: null } as never) }, 'usr is compared with null'],
    [{ rows: having(head, { sts: '2' } as never) }, 'sts never is "2": rules see what its codes mean'],
    [{ within: { from: '2026-03-01', until: '2026-03-02T00:00:00Z' } }, 'from is "2026-03-01", and must be an instant'],
    [{ within: { from: '2026-03-01T20:00:00', until: 5 } }, 'until is a number, and must be an instant'],
    [{ within: { from: '2026-03-02T20:00:00Z', until: '2026-03-02T20:00:00Z' } }, 'it ends before it begins'],
  ])('%j', (options, words) => {
    const found = problems(options);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('INTERVENTION_INVALID');
    expect(found[0]).toContain(words);
  });

  it.each(['', ' fix', 'x'.repeat(101), 7 as unknown as string])('a name like "%s"', (name) =>
    expect(problems({ annotated: { prefix: 'fix' } }, name)).toEqual([
      expect.stringContaining('its name must be words'),
    ]),
  );

  it('two of one name', () => {
    const two = rules(
      intervention('fix', { annotated: { prefix: 'a' } }),
      intervention('fix', { annotated: { prefix: 'b' } }),
    );
    expect(checkRuleSet(two).map(({ text }) => text)).toEqual(
      Array.from({ length: 2 }, () => 'is declared twice: journal and metric could not tell them apart'),
    );
  });

  it('one that is not listed is a note', () => {
    const unlisted = intervention('forgotten', { annotated: { prefix: 'fix' } });
    expect(noteProblems(rules(), [unlisted], '2026-01-01').map(({ code, about }) => `${code} ${about.where}`)).toEqual([
      'INTERVENTION_UNLISTED intervention "forgotten"',
    ]);
  });
});

describe('instants', () => {
  it.each([
    '2026-02-30T00:00:00Z',
    '2026-03-01T25:00:00Z',
    '2026-03-01T20:00',
    '2026-3-1T20:00:00Z',
    'now',
    '',
    5,
    null,
  ])('%s is none', (text) => expect(instantMs(text)).toBeNull());
});
