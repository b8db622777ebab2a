/** What a recording shows of a legacy schema. */
import { basename } from 'node:path';
import { readRecording } from '../../adapters/files/recording.js';
import { DragomanError } from '../../errors.js';
import { counted } from '../../observed/column.js';
import type { ObservedSchema } from '../../observed/form.js';
import { RecordsScan } from '../../observed/records.js';
import { referencesOf } from '../../observed/references.js';

/** @throws DragomanError RECORDING_INVALID, NOTHING_OBSERVED */
export async function observedInRecording(file: string): Promise<ObservedSchema> {
  const records = await readRecording(file);
  const scan = new RecordsScan();
  for (const record of records) scan.add(record);
  return schemaOf(scan, `recording ${basename(file)} (${counted(records.length, 'record')})`);
}

/** @throws DragomanError NOTHING_OBSERVED */
export function schemaOf(scan: RecordsScan, origin: string): ObservedSchema {
  const tables = scan.end();
  if (tables.length > 0) return { origin, tables, references: referencesOf(tables) };
  const other =
    scan.others > 0
      ? `${scan.others} records are no change events: flattened rows (ExtractNewRecordState) and other formats than JSON do not tell their table. ` +
        'Record what the connector writes, without transforms.'
      : 'No record has a row. Record the table topics too, from a snapshot on.';
  throw new DragomanError('NOTHING_OBSERVED', `No table was seen in the ${origin}. ${other}`);
}
