/**
 * What is counted and accepted together: a class, and of what is different also the places at which it is. Pure.
 */
import {
  BAD_CLASSES,
  type BadClass,
  type Difference,
  type Judged,
  type ParityClass,
} from '../../domain/state/pairs.js';

/** Of a signature; what is beyond is said by {@link REST}. */
export const SIGNATURE_CHARS_MAX = 300;
/** Stands for what has no room: places in a signature, and signatures in an hour. */
export const REST = '*';

/** Places without those in lists, sorted, with commas between: `lines[].quantity,totalAmount`. Empty: too large to be compared. */
export function signatureOf(differences: readonly Pick<Difference, 'path'>[]): string {
  const paths = [...new Set(differences.map(({ path }) => path.replace(/\[\d+\]/g, '[]')))].sort();
  let signature = '';
  for (const path of paths) {
    const next = signature === '' ? path : `${signature},${path}`;
    if (next.length + REST.length + 1 > SIGNATURE_CHARS_MAX) return signature === '' ? REST : `${signature},${REST}`;
    signature = next;
  }
  return signature;
}

/** For people. */
export const signatureText = (signature: string): string =>
  signature === '' ? 'values too large to be compared' : signature === REST ? 'other places (*)' : signature;

/** `equal`, or `different:lines[].quantity`: what counts are kept by. */
export const countKey = ({ class: is, differences }: Pick<Judged, 'class' | 'differences'>): string =>
  is === 'different' ? keyOf(is, signatureOf(differences)) : is;

export const keyOf = (is: ParityClass, signature: string): string => `${is}:${signature}`;

/** The reverse. Null: no class of this version. */
export function readKey(key: string): { readonly class: ParityClass; readonly signature?: string } | null {
  const colon = key.indexOf(':');
  const is = colon === -1 ? key : key.slice(0, colon);
  if (is !== 'equal' && !isBad(is)) return null;
  return colon === -1 ? { class: is } : { class: is, signature: key.slice(colon + 1) };
}

export const isBad = (is: string): is is BadClass => (BAD_CLASSES as readonly string[]).includes(is);
