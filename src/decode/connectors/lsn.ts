/**
 * Source block and transaction ids of the connectors that read change tables (Debezium 2.0 to 3.6): `commit_lsn` is in commit order
 * and is the id of the transaction, `change_lsn` only orders the rows inside one. Both are text of fixed width, so they compare as
 * they stand.
 */
import type { Position } from '../../domain/source/position.js';
import type { JsonObject } from '../envelope.js';
import type { Connector } from './connector.js';

export interface LsnDialect extends Pick<Connector, 'names' | 'tableName' | 'logOf'> {
  readonly lsn: RegExp;
  /** What follows `change_lsn` in the place of a row; null when the row does not tell it. */
  readonly serialText: (source: JsonObject) => string | null;
}

export function lsnConnector({ lsn: format, serialText, ...dialect }: LsnDialect): Connector {
  const lsn = (value: unknown): Position | null =>
    typeof value === 'string' && format.test(value) ? (value as Position) : null;
  return {
    ...dialect,
    sourceFields: ['commit_lsn', 'change_lsn', 'event_serial_no'],
    endHasPosition: true,
    topicPath: (table) => table,
    rowTransaction: (source, id, order) => {
      const [commit, change, serial] = [lsn(source.commit_lsn), lsn(source.change_lsn), serialText(source)];
      if (commit === null || change === null || serial === null) return null;
      return {
        id: id ?? commit,
        predecessor: null,
        commit,
        position: `${commit}/${change}${serial}` as Position,
        order,
      };
    },
    boundary: (id) => ({ id, position: lsn(id), serial: null }),
    snapshotPosition: (source) => lsn(source.commit_lsn),
    markPosition: () => null,
  };
}
