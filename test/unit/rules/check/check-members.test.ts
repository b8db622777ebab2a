/** Names of a context. */
import { describe, expect, it } from 'vitest';
import { aggregate, one } from '../../../../src/rules/index.js';
import { head, problemsOf } from '../../../support/sources/placed-orders.js';

describe('names of a context', () => {
  const order = (context: Parameters<typeof aggregate>[2]) =>
    aggregate('order', { head: one(head, (row) => row.id) }, context);
  const published = (name: string) => problemsOf({ aggregates: [order({ context: { [name]: () => null } })] });

  it("are the author's, and no fields of a contract of the aggregate", () => {
    expect(published('market')).toEqual([]);
    expect(published('a')).toEqual([
      'CONTRACT_INVALID a is in the context of order, and so in each of its events already',
    ]);
    expect(published('orderId')).toEqual([
      'CONTRACT_INVALID orderId is in the context of order, and so in each of its events already',
    ]);
  });
});
