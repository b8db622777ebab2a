/** Types of avsc, a library that Dragoman does not read with: so what it writes and reads is held against ours. Longs are numbers, or bigint beyond 2^53. */
import avsc, { type Schema, type Type } from 'avsc';

const long = avsc.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => plain(bytes.readBigInt64LE()),
  toBuffer: (value: number | bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    return bytes;
  },
  fromJSON: (value: number) => value,
  toJSON: (value: number | bigint) => Number(value),
  isValid: (value: unknown) => typeof value === 'bigint' || Number.isSafeInteger(value),
  compare: (one: number | bigint, other: number | bigint) => (one < other ? -1 : one > other ? 1 : 0),
});

const plain = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

/** @param references schemas that it refers to, each behind those that it needs. */
export function avscType(text: string, references: readonly string[] = []): Type {
  const registry: Record<string, Type> = {};
  const options = { registry: { ...registry, long }, wrapUnions: false };
  for (const reference of references) avsc.Type.forSchema(JSON.parse(reference) as Schema, options);
  return avsc.Type.forSchema(JSON.parse(text) as Schema, options);
}

/** As the wire format has it: a zero byte, the id, the value. */
export function framed(id: number, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(id, 1);
  return Buffer.concat([head, body]);
}
