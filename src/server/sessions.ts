/**
 * Sessions of browsers: a cookie that stands for a token, so that the token itself is sent once. They live in this process alone, at most
 * `SESSIONS_MAX` of them, none longer than `SESSION_MS`; a session ends when its token is taken out of the file.
 */
import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { TokenEntry, TokensFile } from './tokens.js';

export const SESSION_COOKIE = 'dragoman_session';
export const SESSIONS_MAX = 1_000;
export const SESSION_MS = 8 * 60 * 60 * 1_000;
const ID_BYTES = 32;

export class Sessions {
  readonly #tokens: Pick<TokensFile, 'current'>;
  readonly #entries = new LRUCache<string, TokenEntry>({ max: SESSIONS_MAX, ttl: SESSION_MS });

  constructor(tokens: Pick<TokensFile, 'current'>) {
    this.#tokens = tokens;
  }

  /** @returns what the cookie says. */
  open(entry: TokenEntry): string {
    const id = randomBytes(ID_BYTES).toString('base64url');
    this.#entries.set(id, entry);
    return id;
  }

  /** The token that it stands for, as the file has it now. */
  find(id: string): TokenEntry | null {
    const entry = this.#entries.get(id);
    return entry === undefined ? null : this.#tokens.current(entry);
  }

  close(id: string): void {
    this.#entries.delete(id);
  }
}
