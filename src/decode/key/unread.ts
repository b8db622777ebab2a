/** One record that cannot be read: a value that tells by its key whose it is, because it only stops its own aggregate. Pure. */
import type { ChangeEvent, RecordPlace, Undecodable } from '../../domain/source/change-event.js';
import { keyText, type TableDefinition } from '../../domain/tables/table.js';
import { keyIn } from './record-key.js';
import type { SourceRecord } from '../source-record.js';

/** Which transaction it is of is not known, unless it is a row of a snapshot, and of none. */
export function undecodable(
  { partition, offset, key: bytes }: SourceRecord,
  definition: TableDefinition,
  text: string,
  isOfSnapshot = false,
): Undecodable {
  const key = keyIn(bytes === null ? null : bytes.toString(), definition, definition.name);
  return {
    kind: 'undecodable',
    table: definition.name,
    key: key === null ? null : keyText(key),
    isOfSnapshot,
    text: unreadText({ partition, offset }, text),
    partition,
    offset,
  };
}

/** Of a row whose envelope can be read: its transaction is known, and what it wrote in that is not. */
export const unreadRow = (record: RecordPlace, why: string): Pick<ChangeEvent, 'row' | 'refusal'> => ({
  row: null,
  refusal: { code: 'RECORD_UNDECODABLE', text: unreadText(record, why) },
});

const unreadText = ({ partition, offset }: RecordPlace, why: string): string =>
  `${partition} at offset ${offset} cannot be read: ${why}.`;
