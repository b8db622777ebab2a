/**
 * Records as connectors with a schema registry write them -> the same records in JSON, which everything else reads. A schema is asked for when
 * the first record that carries its id is met; until it is there that record, and so its partition, waits. What a registry said of an id holds for ever.
 */
import { BODY_AT, EIGHT_BYTES, isFramed, schemaIdIn } from '../../decode/registry/frame.js';
import { JsonBytes } from '../../decode/registry/json-bytes.js';
import { type RecordForm, recordForm, type Wrapping } from '../../decode/registry/record-form.js';
import { DragomanError } from '../../errors.js';
import type { RawRecord, Schemas } from '../ports.js';

/** Schemas that are kept ready; of a table that changes once a week these are years. */
const FORMS_MAX = 1_000;
const OPEN = 0x7b;

/** A record in JSON. Its key and value may be views that the next one is written over. */
export interface PlainRecord extends RawRecord {
  /** Why its bytes could not be read; then they are as they came. Absent: they could. */
  readonly unread?: string;
}

export class PlainRecords {
  readonly #schemas: Schemas | null;
  readonly #wrapping: Wrapping;
  readonly #to = new JsonBytes();
  /** By id; a promise while it is asked for, an error when that failed. */
  readonly #forms = new Map<number, RecordForm | Promise<void> | DragomanError>();

  /**
   * @param schemas null: there is no registry. What is JSON behind an id needs none.
   * @param wrapping whether what comes of Avro has its schema around it.
   */
  constructor(schemas: Schemas | null, wrapping: Wrapping = 'plain') {
    this.#schemas = schemas;
    this.#wrapping = wrapping;
  }

  /** A promise: a schema that it needs is asked for, and it may be asked again then. @throws DragomanError what the registry said of its schema */
  of(record: RawRecord): PlainRecord | Promise<void> {
    const { key, value } = record;
    const keyForm = this.#formOf(key);
    if (keyForm instanceof Promise) return keyForm;
    const valueForm = this.#formOf(value);
    if (valueForm instanceof Promise) return valueForm;
    if (keyForm === null && valueForm === null) return record;
    this.#to.clear();
    const keyWrapping = keyForm?.hasDefaults === true ? 'wrapped' : this.#wrapping;
    const plainKey = keyForm === null || key === null ? key : keyForm.json(key, this.#to, keyWrapping);
    const plain = valueForm === null || value === null ? value : valueForm.json(value, this.#to, this.#wrapping);
    if (plainKey === null && key !== null) return { ...record, key: null, unread: unfit('key', key) };
    if (plain === null && value !== null) return { ...record, key: plainKey, unread: unfit('value', value) };
    return { ...record, key: plainKey, value: plain };
  }

  /** The same for who may wait, and keep it. */
  async kept(record: RawRecord): Promise<PlainRecord> {
    let plain = this.of(record);
    for (; plain instanceof Promise; plain = this.of(record)) await plain;
    if (plain === record) return record;
    return { ...plain, key: copied(plain.key), value: copied(plain.value) };
  }

  /** Null: it is as it is. */
  #formOf(bytes: Buffer | null): RecordForm | Promise<void> | null {
    if (bytes === null || !isFramed(bytes)) return null;
    if (this.#schemas === null) return bytes[BODY_AT] === OPEN ? JSON_BEHIND_ID : null;
    const id = schemaIdIn(bytes);
    const known = this.#forms.get(id);
    if (known === undefined) return this.#ask(id, this.#schemas);
    if (!(known instanceof DragomanError)) return known;
    this.#forms.delete(id); // asked again by who comes again
    throw known;
  }

  #ask(id: number, schemas: Schemas): Promise<void> {
    if (id === EIGHT_BYTES) throw eightBytes();
    for (const first of this.#forms.keys()) {
      if (this.#forms.size < FORMS_MAX) break;
      this.#forms.delete(first);
    }
    const asked = schemas
      .schema(id)
      .then((schema) => recordForm(id, schema))
      .catch(asDragomanError)
      .then((found) => void this.#forms.set(id, found));
    this.#forms.set(id, asked);
    return asked;
  }
}

const JSON_BEHIND_ID: RecordForm = { hasDefaults: false, json: (bytes) => bytes.subarray(BODY_AT) };

const asDragomanError = (cause: unknown): DragomanError =>
  cause instanceof DragomanError
    ? cause
    : new DragomanError('INVARIANT_BROKEN', 'A schema was not read, and no reason was given.', { cause });

const copied = (bytes: Buffer | null): Buffer | null => (bytes === null ? null : Buffer.from(bytes));

const unfit = (part: 'key' | 'value', bytes: Buffer): string =>
  `its ${part} is not what schema ${schemaIdIn(bytes)} of the registry says`;

const eightBytes = (): DragomanError =>
  new DragomanError(
    'SCHEMA_ID_UNFIT',
    `Records carry schema ids of 8 bytes, which Apicurio's converters write by default and its Confluent-compatible address does not know. Set ` +
      `apicurio.registry.as-confluent=true and apicurio.registry.use-id=contentId for key.converter and value.converter of the connector, and let it ` +
      `write its topics anew (docs/registry.md).`,
  );
