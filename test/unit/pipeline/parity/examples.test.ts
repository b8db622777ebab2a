import { describe, expect, it } from 'vitest';
import type { BadClass, Difference, Judged } from '../../../../src/domain/state/pairs.js';
import {
  exampleOf,
  EXAMPLES,
  EXAMPLES_MAX,
  examplesIn,
  ParityExamples,
} from '../../../../src/pipeline/parity/examples.js';
import type { Cell } from '../../../../src/pipeline/ports.js';

const contract = 'Ready.v1';
const promise = {
  ...{ name: 'Ready', majorVersion: 1 },
  fields: { customer: { class: 'personal' }, 'lines[].note': { class: 'secret' } },
};
const origin = { source: 'legacy', transactionId: '7', position: null, commitTimeMs: 9 };

const example = (id: string, is: BadClass = 'late', differences: readonly Difference[] = [], isSealed = false) => {
  const judged: Judged & { class: BadClass } = {
    ...{ contract, occurrence: '', class: is, route: `${contract} market=DE`, differences },
  };
  return exampleOf(judged, { aggregate: 'order', id, origin, promise, isSealed });
};

const entries = (cells: readonly Cell[]) => {
  const last = new Map<string, string>();
  for (const { hash, field, value } of cells) {
    expect(hash).toBe(EXAMPLES);
    if (value === null) last.delete(field);
    else last.set(field, value);
  }
  return last;
};

describe('examples of parity', () => {
  it('are the newest ones of each route and class, also over a restart', () => {
    const examples = new ParityExamples();
    for (let i = 0; i < EXAMPLES_MAX + 2; i += 1) examples.add(example(String(i)));
    examples.add(example('other', 'onlyLegacy'));
    const cells = [...examples.takeFresh()];
    expect(examples.takeFresh()).toEqual([]);
    const again = new ParityExamples();
    again.reset(entries(cells));
    again.add(example('more'));
    const found = examplesIn(entries([...cells, ...again.takeFresh()]));
    const late = found.filter(({ class: is }) => is === 'late').map(({ id }) => id);
    expect(late).toHaveLength(EXAMPLES_MAX);
    expect(late.slice(0, 3)).toEqual(['more', '21', '20']);
    expect(late.at(-1)).toBe('3');
    expect(found.filter(({ class: is }) => is === 'onlyLegacy')).toMatchObject([{ id: 'other' }]);
  });

  it('of an order go when it is forgotten', () => {
    const examples = new ParityExamples();
    for (const id of ['1', '2', '1']) examples.add(example(id));
    examples.forget({ aggregate: 'order', id: '1' });
    expect(examplesIn(entries([...examples.takeFresh()])).map(({ id }) => id)).toEqual(['2']);
  });

  it('say where both sides differ, without what nobody may see', () => {
    const { differences, signature, eventId } = example('1', 'different', [
      { path: 'total', legacy: { value: 'x'.repeat(300) }, service: {} },
      { path: 'customer', legacy: { value: 'Anna' }, service: { value: 'Ann' } },
      { path: 'lines[2].note', legacy: {}, service: { value: 'y' } },
      { path: 'lines[3].note', legacy: {}, service: { value: 'y' } },
    ]);
    expect(signature).toBe('customer,lines[].note,total');
    expect(eventId).toMatch(/^[0-9a-f-]{36}$/);
    expect(differences).toEqual([
      { path: 'total', legacy: `"${'x'.repeat(199)}...` },
      { path: 'customer', legacy: '[personal]', service: '[personal]' },
      { path: 'lines[2].note', service: '[secret]' },
      { path: 'lines[3].note', service: '[secret]' },
    ]);
    expect(example('1', 'late', [], true)).toMatchObject({ isSealed: true, atMs: 9, transaction: '7' });
  });
});
