/** Members of tables without primary key, and names of a context. */
import { describe, expect, it } from 'vitest';
import { aggregate, legacy, many, one, table } from '../../../../src/rules/index.js';
import { head, problemsOf } from '../../../support/sources/placed-orders.js';

const withMembers = (members: Parameters<typeof aggregate>[1]) =>
  problemsOf({ aggregates: [aggregate('order', members)], facts: [], publications: [] });

describe('a table without primary key', () => {
  const columns = { id: legacy.bigint(), at: legacy.instant(), note: legacy.text() };
  const keyless = (key: readonly (keyof typeof columns)[]) => table('s.note', { key, primaryKey: false, columns });

  it('has the columns of the aggregate in its key', () => {
    expect(withMembers({ notes: many(keyless(['id', 'at']), (row) => row.id) })).toEqual([]);
    expect(withMembers({ notes: many(keyless(['at', 'note']), (row) => row.id) })).toEqual([
      'MEMBER_KEY_INVALID s.note has no primary key, and its key (at, note) lacks id, by which its rows find their aggregate: of two rows ' +
        'with one key nobody would know whose they are',
    ]);
  });

  it('has no replica identity by its primary key', () => {
    const contradictory = { ...keyless(['id', 'at']), replicaIdentity: 'default' as const };
    expect(withMembers({ notes: many(contradictory, (row) => row.id) })).toEqual([
      "KEY_COLUMN_INVALID says replicaIdentity: 'default', which is that of the primary key, and primaryKey: false",
    ]);
  });
});

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
