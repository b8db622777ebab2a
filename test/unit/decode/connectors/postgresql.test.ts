/** PostgreSQL's source block and transaction ids, from a recorded row. */
import { describe, expect, it } from 'vitest';
import { postgresql } from '../../../../src/decode/connectors/postgresql.js';
import { positionOf } from '../../../../src/domain/source/position.js';
import { recorded } from '../../../support/decoding.js';
import { envelopeOf } from '../../../support/recordings.js';

const { source } = envelopeOf(recorded('03-toast', 'legacy.oms.ord_doc', ({ op }) => op === 'u'));
const rowOf = (sequence: unknown, id: string | null = '1210:57418360') =>
  postgresql.rowTransaction({ ...source, sequence }, id, 1);

describe('a row of PostgreSQL', () => {
  it('knows the transaction before, not its own commit', () => {
    expect(postgresql.rowTransaction(source, '1210:57418360', 1)).toEqual({
      id: '1210',
      predecessor: positionOf('57418304'),
      commit: null,
      position: positionOf('57418360'),
      order: 1,
    });
  });

  it('is named by its transaction id without transaction block', () => {
    expect(postgresql.rowTransaction(source, null, null)).toMatchObject({ id: '1210', order: null });
    expect(postgresql.rowTransaction({ ...source, txId: null }, null, null)).toBeNull();
  });

  it('may be of Debezium before 2.0, whose id has no place', () => {
    expect(rowOf('["1","2"]', '1210')?.id).toBe('1210');
  });

  it.each([null, '', 'x', '["1"]', '[1,2]', '["1",null]', '["-1","2"]', ['1', '2']])(
    'with sequence %j has no position',
    (sequence) => {
      expect(rowOf(sequence)).toBeNull();
    },
  );

  it('has its positions in the order of the log at any length', () => {
    const places = ['["9","10"]', '["9","99"]', '["9","18446744073709551615"]'].map((text) => rowOf(text)!.position);
    expect([...places].sort()).toEqual(places);
  });
});

describe('a boundary of PostgreSQL', () => {
  it('is transaction id and place', () => {
    expect(postgresql.boundary('1682:72073152')).toEqual({
      id: '1682',
      position: positionOf('72073152'),
      serial: null,
    });
  });

  it('has no place before Debezium 2.0, though every END should', () => {
    expect(postgresql.boundary('1682')).toEqual({ id: '1682', position: null, serial: null });
    expect(postgresql.endHasPosition).toBe(true);
  });
});
