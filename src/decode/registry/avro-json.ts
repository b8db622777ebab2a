/**
 * Values in Avro -> the JSON that Kafka Connect's JsonConverter writes of the same values (Debezium 3.6 "Data types"; `JsonConverter.java`,
 * `AvroData.java` of Confluent and Apicurio): integers of any size, bytes as base64, structs as objects. What bytes alone do not tell is the scale of a
 * decimal; it stands beside them where no schema comes with the record, as `schema-scales.ts` has it. A type is compiled once. Pure.
 */
import type { AvroBytes } from './avro-bytes.js';
import { type AvroRecord, type AvroType, type Primitive, scaleOf } from './avro-type.js';
import type { JsonBytes } from './json-bytes.js';

/** Moves on behind one value. @throws RangeError when that is none of its type. */
export type Write = (from: AvroBytes, to: JsonBytes) => void;

const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
const NULL = bytesOf('null');
const [TRUE, FALSE] = [bytesOf('true'), bytesOf('false')];
const [QUOTE, COMMA, COLON, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x22, 0x2c, 0x3a, 0x7b, 0x7d, 0x5b, 0x5d];
/** Elements of a block that has no bytes for each of them. */
const EMPTY_ELEMENTS_MAX = 10_000;

/** @param withScales of decimals, in the form of `io.debezium.data.VariableScaleDecimal`. */
export function avroWriter(type: AvroType, withScales: boolean): Write {
  const known = new Map<AvroType, Write>();
  const of = (one: AvroType): Write => {
    const write = known.get(one);
    if (write !== undefined) return write;
    let made: Write | null = null;
    known.set(one, (from, to) => made?.(from, to)); // for a type within itself
    made = writerOf(one, of, withScales);
    known.set(one, made);
    return made;
  };
  return of(type);
}

function writerOf(type: AvroType, of: (type: AvroType) => Write, withScales: boolean): Write {
  switch (type.kind) {
    case 'record':
      return recordWriter(type, of);
    case 'optional': {
      const [write, nullAt] = [of(type.of), type.isNullFirst ? 0 : 1];
      return (from, to) => {
        const branch = from.count();
        if (branch === nullAt) to.raw(NULL);
        else if (branch === 1 - nullAt) write(from, to);
        else throw noBranch();
      };
    }
    case 'array': {
      const write = of(type.items);
      return list(OPEN_LIST, CLOSE_LIST, write);
    }
    case 'map': {
      const write = of(type.values);
      return list(OPEN, CLOSE, (from, to) => {
        text(from, to);
        to.sign(COLON);
        write(from, to);
      });
    }
    case 'enum': {
      const symbols = type.symbols.map((symbol) => bytesOf(JSON.stringify(symbol)));
      return (from, to) => {
        const symbol = symbols[from.count()];
        if (symbol === undefined) throw noBranch();
        to.raw(symbol);
      };
    }
    case 'fixed': {
      const { size } = type;
      return scaled(type, withScales, (from, to) => base64(from, to, size));
    }
    case 'bytes':
      return scaled(type, withScales, (from, to) => base64(from, to, from.count()));
    case 'null':
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'string':
      return PRIMITIVES[type.kind];
  }
}

function recordWriter({ fields }: AvroRecord, of: (type: AvroType) => Write): Write {
  const starts = fields.map(({ name }, i) => bytesOf(`${i === 0 ? '{' : ','}${JSON.stringify(name)}:`));
  const writes = fields.map(({ type }) => of(type));
  if (fields.length === 0) return (_, to) => to.ascii('{}');
  return (from, to) => {
    for (let i = 0; i < writes.length; i += 1) {
      to.raw(starts[i] as Uint8Array);
      (writes[i] as Write)(from, to);
    }
    to.sign(CLOSE);
  };
}

/** Blocks of elements; a count below zero has the bytes of its block behind it. */
const list =
  (open: number, close: number, write: Write): Write =>
  (from, to) => {
    to.sign(open);
    let isFirst = true;
    for (let count = from.count(); count !== 0; count = from.count()) {
      if (count < 0) from.count();
      const elements = Math.abs(count);
      if (elements > Math.max(from.left, EMPTY_ELEMENTS_MAX)) throw noBranch();
      for (let i = 0; i < elements; i += 1) {
        if (!isFirst) to.sign(COMMA);
        isFirst = false;
        write(from, to);
      }
    }
    to.sign(close);
  };

function text(from: AvroBytes, to: JsonBytes): void {
  const begin = from.pass(from.count());
  to.text(from.bytes, begin, from.at);
}

function base64(from: AvroBytes, to: JsonBytes, count: number): void {
  const begin = from.pass(count);
  to.sign(QUOTE);
  to.ascii(from.bytes.toString('base64', begin, from.at));
  to.sign(QUOTE);
}

function scaled(type: AvroType, withScales: boolean, write: Write): Write {
  if (!withScales || type.attributes.logicalType !== 'decimal') return write;
  const start = bytesOf(`{"scale":${scaleOf(type)},"value":`);
  return (from, to) => {
    to.raw(start);
    write(from, to);
    to.sign(CLOSE);
  };
}

/** Whole numbers have no sign of zero there; JavaScript's text of the others names the same double as Java's. */
function real(value: number, to: JsonBytes, digits: string): void {
  if (Number.isFinite(value)) to.ascii(Object.is(value, -0) ? '-0.0' : digits);
  else to.ascii(`"${value}"`); // Jackson's QUOTE_NON_NUMERIC_NUMBERS
}

const FLOAT_DIGITS = [6, 7, 8, 9] as const;

/** The shortest that names the float: as a double it would have digits that it does not have. */
function floatText(value: number): string {
  for (const digits of FLOAT_DIGITS) {
    const shortest = Number(value.toPrecision(digits));
    if (Math.fround(shortest) === value) return String(shortest);
  }
  return String(value);
}

const PRIMITIVES: Readonly<Record<Exclude<Primitive, 'bytes'>, Write>> = {
  null: (_, to) => to.raw(NULL),
  boolean: (from, to) => {
    const byte = from.byte();
    if (byte > 1) throw noBranch();
    to.raw(byte === 1 ? TRUE : FALSE);
  },
  int: (from, to) => from.writeWhole(to),
  long: (from, to) => from.writeWhole(to),
  float: (from, to) => {
    const value = from.bytes.readFloatLE(from.pass(4));
    real(value, to, floatText(value));
  },
  double: (from, to) => {
    const value = from.bytes.readDoubleLE(from.pass(8));
    real(value, to, String(value));
  },
  string: text,
};

const noBranch = (): RangeError => new RangeError('they say something that it does not have');
