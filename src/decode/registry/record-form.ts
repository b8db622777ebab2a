/** A registered schema -> how the bytes of its records become the JSON that a connector with JsonConverter writes. Pure, but for the room that it writes to. */
import type { RegisteredSchema } from '../../domain/registry/registered-schema.js';
import { DragomanError } from '../../errors.js';
import { AvroBytes } from './avro-bytes.js';
import { avroWriter } from './avro-json.js';
import { type AvroType, avroType, type Names } from './avro-type.js';
import { wrapperOf } from './connect-schema.js';
import type { JsonBytes } from './json-bytes.js';

/** With the schema around the value, or without. */
export type Wrapping = 'plain' | 'wrapped';

export interface RecordForm {
  /** Whether its fields have defaults, which only its schema tells. */
  readonly hasDefaults: boolean;
  /** @param at where the record begins in the bytes. @returns a view of what was written, or of the bytes; null: they are not of this schema. */
  json(bytes: Buffer, at: number, to: JsonBytes, wrapping: Wrapping): Buffer | null;
}

/** What JSON Schema describes is JSON already; so is what Apicurio calls KCONNECT. */
const JSON_TYPES: readonly string[] = ['JSON', 'KCONNECT'];

/** @throws DragomanError SCHEMA_UNREADABLE */
export function recordForm(id: number, schema: RegisteredSchema): RecordForm {
  if (JSON_TYPES.includes(schema.type)) return JSON_FORM;
  if (schema.type !== 'AVRO') throw unreadable(id, `it is of the type ${schema.type}; AVRO and JSON are known`);
  return avroForm(typeOf(id, schema));
}

/** Nothing but what is in front of it goes. */
export const JSON_FORM: RecordForm = { hasDefaults: false, json: (bytes, at) => bytes.subarray(at) };

function avroForm(type: AvroType): RecordForm {
  const wrapper = wrapperOf(type);
  const parts = {
    plain: { before: '', write: avroWriter(type, true), after: '' },
    wrapped: { before: wrapper, write: avroWriter(type, false), after: '}' },
  };
  const from = new AvroBytes();
  return {
    hasDefaults: wrapper.includes('"default":'),
    json(bytes, at, to, wrapping) {
      const { before, write, after } = parts[wrapping];
      const begin = to.at;
      from.open(bytes, at);
      to.utf8(before);
      try {
        write(from, to);
      } catch (error) {
        if (error instanceof RangeError) return null;
        throw error;
      }
      to.utf8(after);
      return from.isAtEnd ? to.since(begin) : null;
    },
  };
}

function typeOf(id: number, { text, references }: RegisteredSchema): AvroType {
  const names: Names = new Map();
  try {
    for (const reference of references) avroType(reference, names);
    return avroType(text, names);
  } catch (cause) {
    if (cause instanceof RangeError) throw unreadable(id, cause.message, cause);
    if (cause instanceof SyntaxError) throw unreadable(id, 'its text is not JSON', cause);
    throw cause;
  }
}

const unreadable = (id: number, why: string, cause?: unknown): DragomanError =>
  new DragomanError(
    'SCHEMA_UNREADABLE',
    `Schema ${id} of the registry cannot be used to read records: ${why}. Nothing was published for records that carry it. Look at it in the ` +
      `registry, and at the converters of the connector (docs/registry.md).`,
    { details: { id }, cause },
  );
