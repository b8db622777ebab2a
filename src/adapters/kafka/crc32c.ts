/** CRC-32C (Castagnoli, RFC 3720 B.4), which Kafka puts over each record batch. Eight bytes at a time. */
const POLYNOMIAL = 0x82f63b78;
const [ENTRIES, STEP] = [256, 8];

/** What a byte does to the sum when 0 to 7 others follow it: one table of 256 after the other. */
const TABLE = tables();

const of = (others: number, byte: number): number => TABLE[others * ENTRIES + (byte & 0xff)] ?? 0;

export function crc32c(bytes: Buffer): number {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const wholeEnd = bytes.length - (bytes.length % STEP);
  let sum = -1;
  for (let at = 0; at < wholeEnd; at += STEP) {
    const low = sum ^ words.getInt32(at, true);
    const high = words.getInt32(at + 4, true);
    sum =
      of(7, low) ^
      of(6, low >>> 8) ^
      of(5, low >>> 16) ^
      of(4, low >>> 24) ^
      of(3, high) ^
      of(2, high >>> 8) ^
      of(1, high >>> 16) ^
      of(0, high >>> 24);
  }
  for (let at = wholeEnd; at < bytes.length; at += 1) sum = of(0, sum ^ words.getUint8(at)) ^ (sum >>> 8);
  return ~sum >>> 0;
}

function tables(): Int32Array {
  const all = new Int32Array(STEP * ENTRIES);
  for (let byte = 0; byte < ENTRIES; byte += 1) {
    let sum = byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum & 1) === 0 ? sum >>> 1 : (sum >>> 1) ^ POLYNOMIAL;
    all[byte] = sum;
  }
  for (let at = ENTRIES; at < all.length; at += 1) {
    const before = all[at - ENTRIES] ?? 0;
    all[at] = (before >>> 8) ^ (all[before & 0xff] ?? 0);
  }
  return all;
}
