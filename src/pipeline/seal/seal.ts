/**
 * What an aggregate with personal or secret columns leaves in the journal is sealed, under a key of its own that stands in its state and
 * nowhere else: when the key goes, nobody can read it any more (decision 0020).
 *
 * AES-256-GCM. The nonce is drawn for each text: nothing that it could be made of is told only once, because offsets and numbers of what
 * was not committed are used again. Under 2^32 texts of one aggregate two are never drawn alike. The name of the aggregate is sealed along, so
 * that a text opens under its own name only.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { DragomanError } from '../../errors.js';
import type { Random } from '../ports.js';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** As it is stored. */
export const newKey = (random: Random): string => Buffer.from(random(KEY_BYTES)).toString('base64');

/** @param name of the aggregate (`order:4711`). @returns nonce, tag and text, as base64: 4 characters for 3 bytes, and 40 more. */
export function sealed(text: string, key: string, name: string, random: Random): string {
  const nonce = random(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, Buffer.from(key, 'base64'), nonce).setAAD(Buffer.from(name));
  const hidden = [cipher.update(text, 'utf8'), cipher.final()];
  return Buffer.concat([nonce, cipher.getAuthTag(), ...hidden]).toString('base64');
}

/** The reverse of {@link sealed}. @throws DragomanError STATE_DAMAGED when it is not what was sealed under this key and name. */
export function opened(text: string, key: string, name: string): string {
  const bytes = Buffer.from(text, 'base64');
  const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  try {
    const decipher = createDecipheriv(CIPHER, Buffer.from(key, 'base64'), bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(name)).setAuthTag(tag);
    return decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch (cause) {
    throw new DragomanError(
      'STATE_DAMAGED',
      `What is sealed in the journal of ${name} does not open with its key: it was changed, or sealed under another key. What is in it ` +
        'cannot be read; the state does not depend on it. See who writes to the journal.',
      { cause, details: { aggregate: name } },
    );
  }
}
