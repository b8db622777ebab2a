/** A recording in JSON as a connector with Avro would have written it: the same records in the same places. Schemas are made of what is there. */
import { parseExactly } from '../../../src/decode/envelope.js';
import { DragomanError } from '../../../src/errors.js';
import type { RawBatch, RawRecord, Schemas } from '../../../src/pipeline/ports.js';
import type { RecordedRecord } from '../recordings.js';
import type { RigPorts } from '../rig.js';
import { Form } from './form.js';
import { avscType, framed } from './types.js';

interface Written {
  readonly text: string;
  readonly write: (value: unknown) => Buffer;
}

export class AvroRecording {
  /** By id. */
  readonly texts = new Map<number, string>();
  readonly #written = new Map<string, Written>();

  constructor(records: readonly RecordedRecord[]) {
    const forms = new Map<string, Form>();
    for (const { topic, key, value } of records)
      for (const [part, text] of [
        ['key', key],
        ['value', value],
      ] as const) {
        if (text === null) continue;
        const form = forms.get(`${topic}-${part}`) ?? new Form();
        forms.set(`${topic}-${part}`, form);
        form.see(JSON.parse(text));
      }
    for (const [place, form] of forms) {
      const id = this.texts.size + 1;
      const text = JSON.stringify(form.schema(place.replace(/[^A-Za-z0-9_]/g, '_')));
      const type = avscType(text);
      this.texts.set(id, text);
      this.#written.set(place, { text, write: (value) => framed(id, type.toBuffer(value)) });
    }
  }

  /** A registry that knows the schemas at once. */
  readonly schemas: Schemas = {
    schema: (id) => {
      const text = this.texts.get(id);
      return text === undefined
        ? Promise.reject(new DragomanError('SCHEMA_UNKNOWN', `no schema ${id}`))
        : Promise.resolve({ type: 'AVRO', text, references: [] });
    },
  };

  record(topic: string, record: RawRecord): RawRecord {
    const part = (name: 'key' | 'value'): Buffer | null => {
      const bytes = record[name];
      return bytes === null
        ? null
        : (this.#written.get(`${topic}-${name}`)?.write(parseExactly(bytes.toString())) ?? bytes);
    };
    return { ...record, key: part('key'), value: part('value') };
  }

  /** Ports whose source gives all records in Avro. @param change of a record, last; it is given what it is in JSON, too. */
  over(ports: RigPorts, schemas = this.schemas, change: Change = (_, written) => written): RigPorts {
    const take = ports.source.take.bind(ports.source);
    ports.source.take = (partition): RawBatch | undefined => {
      const batch = take(partition);
      if (batch === undefined) return undefined;
      const { topic } = batch;
      return { ...batch, records: Array.from(batch.records, (json) => change(topic, this.record(topic, json), json)) };
    };
    return { ...ports, schemas };
  }
}

type Change = (topic: string, written: RawRecord, json: RawRecord) => RawRecord;
