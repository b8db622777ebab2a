/**
 * Records as connectors with a schema registry write them -> the same records in JSON, which everything else reads. A schema is asked for when
 * the first record that carries its id is met; until it is there that record, and so its partition, waits. What a registry said of an id holds for ever.
 */
import { BODY_AT, EIGHT_BYTES, isFramed, schemaIdIn } from '../../decode/registry/frame.js';
import { JsonBytes } from '../../decode/registry/json-bytes.js';
import { JSON_FORM, type RecordForm, recordForm, type Wrapping } from '../../decode/registry/record-form.js';
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

type PartName = 'key' | 'value';

/** Of a record, with how it becomes JSON. */
interface Part {
  readonly form: RecordForm;
  readonly bytes: Buffer;
  readonly at: number;
  readonly id: number;
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
    const ofKey = this.#partOf(record, 'key');
    if (ofKey instanceof Promise) return ofKey;
    const ofValue = this.#partOf(record, 'value');
    if (ofValue instanceof Promise) return ofValue;
    if (ofKey === null && ofValue === null) return record;
    this.#to.clear();
    const plainKey = ofKey === null ? key : this.#json(ofKey, ofKey.form.hasDefaults ? 'wrapped' : this.#wrapping);
    const plain = ofValue === null ? value : this.#json(ofValue, this.#wrapping);
    if (plainKey === null && ofKey !== null) return { ...record, key: null, unread: unfit('key', ofKey) };
    if (plain === null && ofValue !== null) return { ...record, key: plainKey, unread: unfit('value', ofValue) };
    return { ...record, key: plainKey, value: plain };
  }

  #json({ form, bytes, at }: Part, wrapping: Wrapping): Buffer | null {
    return form.json(bytes, at, this.#to, wrapping);
  }

  /** The same for who may wait, and keep it. */
  async kept(record: RawRecord): Promise<PlainRecord> {
    let plain = this.of(record);
    for (; plain instanceof Promise; plain = this.of(record)) await plain;
    if (plain === record) return record;
    return { ...plain, key: copied(plain.key), value: copied(plain.value) };
  }

  /** Null: it is as it is. */
  #partOf(record: RawRecord, name: PartName): Part | Promise<void> | null {
    const bytes = record[name];
    if (bytes === null) return null;
    if (this.#schemas === null)
      return isFramed(bytes) && bytes[BODY_AT] === OPEN
        ? { form: JSON_FORM, bytes, at: BODY_AT, id: EIGHT_BYTES }
        : null;
    const told = idInHeaders(record, name, bytes[0] === OPEN);
    if (told === null && !isFramed(bytes)) return null;
    const id = told ?? schemaIdIn(bytes);
    const known = this.#forms.get(id);
    if (known === undefined) return this.#ask(id, this.#schemas);
    if (known instanceof Promise) return known;
    if (!(known instanceof DragomanError)) return { form: known, bytes, at: told === null ? BODY_AT : 0, id };
    this.#forms.delete(id); // asked again by who comes again
    throw known;
  }

  #ask(id: number, schemas: Schemas): Promise<void> {
    if (id === EIGHT_BYTES) throw unfitId('of 8 bytes, as Apicurio has them by default');
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

const asDragomanError = (cause: unknown): DragomanError =>
  cause instanceof DragomanError
    ? cause
    : new DragomanError('INVARIANT_BROKEN', 'A schema was not read, and no reason was given.', { cause });

const copied = (bytes: Buffer | null): Buffer | null => (bytes === null ? null : Buffer.from(bytes));

const unfit = (name: PartName, { id }: Part): string => `its ${name} is not what schema ${id} of the registry says`;

/**
 * As Apicurio's converters write it without being told otherwise: 8 bytes. Null: there is none.
 * @param isLikeJson no id is needed then; Avro may begin like it, too (a key of -62). @throws DragomanError SCHEMA_ID_UNFIT
 */
function idInHeaders({ headers }: RawRecord, name: PartName, isLikeJson: boolean): number | null {
  const id = headers[`apicurio.${name}.contentId`];
  if (Buffer.isBuffer(id) && id.length === 8) return Number(id.readBigUInt64BE());
  if (isLikeJson) return null;
  const other = OTHER_IDS.map((of) => of.replace('*', name)).find((header) => headers[header] !== undefined);
  if (other !== undefined) throw unfitId(`in the header ${other}`);
  return null;
}

const OTHER_IDS = ['apicurio.*.globalId', '__*_schema_id'];

const unfitId = (which: string): DragomanError =>
  new DragomanError(
    'SCHEMA_ID_UNFIT',
    `Records carry schema ids ${which}, which the registry's compatible address does not know. With Apicurio's converters set apicurio.registry.as-confluent=true, ` +
      `apicurio.registry.use-id=contentId and apicurio.registry.headers.enabled=false for key.converter and value.converter of the connector, with Confluent's ` +
      `the ids of the wire format; and let the connector write its topics anew (docs/registry.md).`,
  );
