/** Reports and evidence are cut to their bounds, and values of a class are not in them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REPORT_CHARS_MAX } from '../../../src/domain/command.js';
import { FOUND_MAX, GONE_MAX } from '../../../src/domain/reconciliation/check-run.js';
import { SIDE_CHARS_MAX } from '../../../src/domain/reconciliation/discrepancy.js';
import { cutReports, evidenceOf } from '../../../src/reconcile/cut.js';
import { foundOf, reportOf } from '../../support/reconciliation/reports.js';

describe('reports', () => {
  it('have all of it, in its order, each within its bounds', () => {
    const side = fc.string({ unit: 'grapheme', maxLength: SIDE_CHARS_MAX / 4 });
    fc.assert(
      fc.property(fc.array(side, { maxLength: 300 }), fc.nat(1_200), (sides, goneCount) => {
        const found = sides.map((ours, i) => foundOf(String(i), { evidence: { ours, fields: [] } }));
        const gone = Array.from({ length: goneCount }, (_, i) => foundOf(`gone ${i}`).id);
        const parts = cutReports(found, gone);
        expect(parts.flatMap((part) => part.found)).toEqual(found);
        expect(parts.flatMap((part) => part.gone)).toEqual(gone);
        for (const part of parts) {
          expect(part.found.length).toBeLessThanOrEqual(FOUND_MAX);
          expect(part.gone.length).toBeLessThanOrEqual(GONE_MAX);
          const command = reportOf({ run: foundOf('run').id }, 0, 0, { found: [...part.found], gone: [...part.gone] });
          expect(JSON.stringify(command).length).toBeLessThanOrEqual(REPORT_CHARS_MAX);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('are one where nothing was found', () => {
    expect(cutReports([], [])).toEqual([{ found: [], gone: [] }]);
  });
});

describe('evidence', () => {
  const classOf = (path: string): string | null =>
    ['cust_nm', 'lines[].note', 'address'].includes(path) ? 'personal' : null;

  it('has no value of a class, wherever it stands', () => {
    const ours = { cust_nm: 'Erika', ord_no: '1', lines: [{ note: 'Mustermann', sku: 'A' }], address: { city: 'X' } };
    const { ours: text } = evidenceOf({ ours, fields: ['cust_nm'] }, classOf);
    expect(JSON.parse(text ?? '')).toEqual({
      ...{ cust_nm: '[personal]', ord_no: '1', lines: [{ note: '[personal]', sku: 'A' }], address: '[personal]' },
    });
  });

  it('shows that one is null, and lacks a side that has nothing', () => {
    expect(evidenceOf({ theirs: { cust_nm: null }, fields: [] }, classOf)).toEqual({
      ...{ theirs: '{"cust_nm":null}', fields: [] },
    });
  });

  it('is cut where it is long', () => {
    const { ours, fields } = evidenceOf(
      { ours: 'x'.repeat(3 * SIDE_CHARS_MAX), fields: Array.from({ length: 90 }, (_, i) => `f${i}`) },
      classOf,
    );
    expect(ours).toHaveLength(SIDE_CHARS_MAX);
    expect(ours?.endsWith('...')).toBe(true);
    expect(fields).toHaveLength(50);
  });
});
