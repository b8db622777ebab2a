/** `tables known`: what an operator may vouch for; and what the doctor says of a first start. */
import { describe, expect, it } from 'vitest';
import { judgeFirstStart } from '../../../src/cli/doctor/pipeline.js';
import { tablesFor } from '../../../src/cli/tables.js';

const tables = { known: ['oms.ord_hdr'], unknown: ['oms.ord_line', 'oms.whs_rel'] };

describe('tables that are vouched for', () => {
  it.each<[string, string[], boolean, string[]]>([
    ['all that are unknown', [], true, ['oms.ord_line', 'oms.whs_rel']],
    ['one by its name', ['oms.whs_rel'], false, ['oms.whs_rel']],
    ['one that is named twice', ['oms.whs_rel', 'oms.whs_rel'], false, ['oms.whs_rel']],
    ['not what is known beside it', ['oms.ord_hdr', 'oms.whs_rel'], false, ['oms.whs_rel']],
  ])('%s', (_, named, all, vouched) => {
    expect(tablesFor(named, tables, all)).toEqual(vouched);
  });

  it.each<[string, string[], boolean, RegExp]>([
    [
      'a table that nobody declares',
      ['oms.ord_hrd'],
      false,
      /No table is named oms.ord_hrd: oms.ord_hdr, oms.ord_line/,
    ],
    ['a table that is known', ['oms.ord_hdr'], false, /Known already: oms.ord_hdr/],
    ['none', [], false, /Name the tables, or say --all\./],
    ['both some and all', ['oms.whs_rel'], true, /not both/],
  ])('%s is refused', (_, named, all, text) => {
    expect(() => tablesFor(named, tables, all)).toThrow(
      expect.objectContaining({ code: 'COMMAND_INVALID', message: expect.stringMatching(text) as string }),
    );
  });

  it('all is refused when all are known', () => {
    expect(() => tablesFor([], { known: ['oms.ord_hdr'], unknown: [] }, true)).toThrow(/All tables are known already/);
  });
});

describe('a first start, as the doctor sees it', () => {
  const firsts = (first: number): Map<string, number> =>
    new Map([
      ['legacy.oms.ord_hdr', 0],
      ['legacy.oms.whs_rel', first],
    ]);
  const judged = (beginning: 'snapshot' | 'late' | 'empty', first: number) =>
    judgeFirstStart('orders', { name: 'legacy', beginning }, firsts(first));

  it.each(['snapshot', 'empty'] as const)('%s: fails when records are gone', (beginning) => {
    expect(judged(beginning, 0)).toMatchObject({ level: 'ok' });
    const line = judged(beginning, 1);
    expect(line).toMatchObject({ level: 'fail' });
    expect(JSON.stringify(line)).toMatch(
      /legacy.oms.whs_rel begins at offset 1.*BEGINNING_UNKNOWN.*docs\/beginning.md/,
    );
  });

  it('late: says that it learns, whatever is gone', () => {
    for (const first of [0, 1]) {
      expect(judged('late', first)).toMatchObject({ level: 'ok' });
      expect(JSON.stringify(judged('late', first))).toMatch(/it learns, and publishes once/);
    }
  });
});
