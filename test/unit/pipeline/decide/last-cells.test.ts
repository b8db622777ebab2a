import { describe, expect, it } from 'vitest';
import { LastCells } from '../../../../src/pipeline/decide/last-cells.js';

const cell = (hash: string, field: string, value: string | null) => ({ hash, field, value });

describe('of the cells of several decisions', () => {
  it('the last text of each counts, in the place of the first, and hashes keep their order', () => {
    const cells = new LastCells();
    expect(cells.isEmpty).toBe(true);
    cells.putAll('order:1', [cell('order:1', 'a', '1'), cell('order:1', 'b', '1'), cell('~queue:order:1', '0', 'q')]);
    cells.putAll('order:2', [cell('order:2', 'a', '1')]);
    cells.put(cell('~parked', 'order:1', 'CODE'));
    cells.putAll('order:1', [cell('order:1', 'c', '2'), cell('order:1', 'a', null), cell('~queue:order:1', '0', null)]);
    cells.put(cell('~parked', 'order:1', null));
    expect(cells.isEmpty).toBe(false);
    expect(cells.all()).toEqual([
      cell('order:1', 'a', null),
      cell('order:1', 'b', '1'),
      cell('order:1', 'c', '2'),
      cell('~queue:order:1', '0', null),
      cell('order:2', 'a', '1'),
      cell('~parked', 'order:1', null),
    ]);
  });

  it('those of a decision that writes none to its own hash are there too', () => {
    const cells = new LastCells();
    cells.putAll('order:1', [cell('~stubs', 'order:1', 's')]);
    cells.putAll('order:1', []);
    expect(cells.all()).toEqual([cell('~stubs', 'order:1', 's')]);
  });
});
