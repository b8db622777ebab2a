/** Bytes, in whichever of Debezium's encodings they come -> lower-case hexadecimal text, so that one content is one value. */
import type { BytesOptions } from '../../domain/tables/column-type.js';
import { type Convert, INVALID } from './conversion.js';

const HEX = /^(?:[0-9a-f]{2})*$/i;

export function bytesConverter({ wire }: BytesOptions): Convert {
  if (wire === 'hex') {
    return (value) => (typeof value === 'string' && HEX.test(value) ? value.toLowerCase() : INVALID);
  }
  const alphabet = wire === 'base64-url-safe' ? URL_SAFE : STANDARD;
  return (value) => {
    const bytes = typeof value === 'string' ? decodeBase64(value, alphabet) : null;
    return bytes === null ? INVALID : hexOf(bytes);
  };
}

export const hexOf = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += HEX_PAIRS[byte] ?? '';
  return text;
};

const HEX_PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

const alphabetOf = (last: string): Int8Array => {
  const values = new Int8Array(128).fill(-1);
  const letters = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789${last}`;
  for (let i = 0; i < letters.length; i += 1) values[letters.charCodeAt(i)] = i;
  return values;
};

const STANDARD = alphabetOf('+/');
const URL_SAFE = alphabetOf('-_');

/** Base64 with padding, as Java writes it; null for anything else. Strict, so that one text stands for one sequence of bytes. */
export function decodeBase64(text: string, alphabet: Int8Array = STANDARD): Uint8Array | null {
  if (text.length % 4 !== 0) return null;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  const end = text.length - padding;
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < end; i += 1) {
    const value = alphabet[text.charCodeAt(i)] ?? -1;
    if (value === -1) return null;
    held = (held << 6) | value;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at] = held >> bits;
    at += 1;
    held &= (1 << bits) - 1;
  }
  return held === 0 ? bytes : null;
}

/**
 * `bit(n)`: base64 of little-endian bytes without the zero bytes at the end -> `length` digits of 0 and 1, as the database
 * prints them. `bit varying` cannot be read so: its leading zeros are not in the wire form.
 */
export function bitsConverter({ length }: { readonly length: number }): Convert {
  return (value) => {
    const bytes = typeof value === 'string' ? decodeBase64(value) : null;
    if (bytes === null) return INVALID;
    let text = '';
    for (const byte of bytes) text = byte.toString(2).padStart(8, '0') + text;
    const extra = text.length - length;
    if (extra <= 0) return text.padStart(length, '0');
    return text.lastIndexOf('1', extra - 1) === -1 ? text.slice(extra) : INVALID;
  };
}
