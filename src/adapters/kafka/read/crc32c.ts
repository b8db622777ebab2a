/** CRC-32C (Castagnoli, RFC 3720 B.4), which Kafka puts over each record batch. Four bytes at a time: about 1 ns for each. */
const POLYNOMIAL = 0x82f63b78;

/** By the lowest byte. */
const of = (table: Int32Array, sum: number): number => table[sum & 0xff] ?? 0;

/** What a byte does to the sum when 0 to 3 others follow it. */
const TABLES = tables();

export function crc32c(bytes: Buffer): number {
  const [one, two, three, four] = TABLES;
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const wholeEnd = bytes.length - (bytes.length % 4);
  let sum = -1;
  for (let at = 0; at < wholeEnd; at += 4) {
    sum ^= words.getInt32(at, true);
    sum = of(four, sum) ^ of(three, sum >>> 8) ^ of(two, sum >>> 16) ^ of(one, sum >>> 24);
  }
  for (const byte of bytes.subarray(wholeEnd)) sum = of(one, sum ^ byte) ^ (sum >>> 8);
  return ~sum >>> 0;
}

function tables(): readonly [Int32Array, Int32Array, Int32Array, Int32Array] {
  const one = Int32Array.from({ length: 256 }, (_, byte) => {
    let sum = byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum & 1) === 0 ? sum >>> 1 : (sum >>> 1) ^ POLYNOMIAL;
    return sum;
  });
  const after = (table: Int32Array): Int32Array => table.map((sum) => (sum >>> 8) ^ of(one, sum));
  const two = after(one);
  const three = after(two);
  return [one, two, three, after(three)];
}
