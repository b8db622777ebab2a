/**
 * The file of tokens: one line for each, `<role> <name> sha256:<64 hexadecimal digits>`, `#` starts a comment. It holds digests, so
 * reading it gives no access. A token has 256 random bits, so one round of SHA-256 is enough: there is nothing to guess.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { DragomanError } from '../errors.js';

/** Each may what those before it may: `metrics` reads `/metrics`; `viewer` looks at everything; `operator` decides too. */
export const ROLES = ['metrics', 'viewer', 'operator'] as const;
export type Role = (typeof ROLES)[number];

export const mayAs = (has: Role, needed: Role): boolean => ROLES.indexOf(has) >= ROLES.indexOf(needed);

export interface TokenEntry {
  readonly role: Role;
  /** Who has it, for log lines; never the token. */
  readonly name: string;
  readonly digest: Buffer;
}

const LINE = /^(?<role>[a-z]+) +(?<name>[A-Za-z0-9._-]{1,64}) +sha256:(?<digest>[0-9a-f]{64})$/;
const NAME = /^[A-Za-z0-9._-]{1,64}$/;
const WRITABLE_BY_ALL = 0o002;
/** Lets scanners for leaked secrets know it. */
const PREFIX = 'dragoman_';
const TOKEN_BYTES = 32;

/** @throws DragomanError CONFIG_INVALID that names lines, never what stands in them. */
export function readTokens(file: string, text: string): readonly TokenEntry[] {
  const entries = text.split(/\r?\n/).flatMap((line, i) => {
    const trimmed = line.replace(/#.*/, '').trim();
    if (trimmed === '') return [];
    const { role, name, digest } = LINE.exec(trimmed)?.groups ?? {};
    if (!isRole(role) || name === undefined || digest === undefined)
      throw refuse(file, `line ${i + 1} is not \`<${ROLES.join('|')}> <name> sha256:<digest>\``);
    return [{ role, name, digest: Buffer.from(digest, 'hex') }];
  });
  const twice = entries.find(({ name }, i) => entries.findIndex((other) => other.name === name) !== i);
  if (twice !== undefined) throw refuse(file, `the name ${twice.name} stands there twice`);
  if (entries.length === 0) throw refuse(file, 'it holds no token, so nobody could ever get in');
  return entries;
}

export const isRole = (text: unknown): text is Role => ROLES.some((role) => role === text);
export const isTokenName = (text: string): boolean => NAME.test(text);

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/** A new token, and its line for the file. */
export function makeToken(role: Role, name: string): { readonly token: string; readonly line: string } {
  const token = PREFIX + randomBytes(TOKEN_BYTES).toString('base64url');
  return { token, line: `${role} ${name} sha256:${digestOf(token).toString('hex')}` };
}

/** Looks at every entry, whichever fits, and compares digests in constant time. */
export function findToken(entries: readonly TokenEntry[], presented: string): TokenEntry | null {
  const digest = digestOf(presented);
  let found: TokenEntry | null = null;
  for (const entry of entries) if (timingSafeEqual(entry.digest, digest)) found = entry;
  return found;
}

/** The tokens of a file, followed as it changes: what is taken out of it loses access with the next request. */
export class TokensFile {
  readonly #file: string;
  readonly #onProblem: (text: string) => void;
  #entries: readonly TokenEntry[];
  /** Null: it could not be read, so that it is tried again with the next request. */
  #version: string | null;

  /** @param onProblem gets what is wrong when the file goes bad later; nobody gets in until it is right again. */
  constructor(file: string, onProblem: (text: string) => void) {
    this.#file = file;
    this.#onProblem = onProblem;
    this.#version = this.#stat();
    this.#entries = this.#read();
  }

  find(presented: string): TokenEntry | null {
    this.#follow();
    return findToken(this.#entries, presented);
  }

  /** As the file has it now, by its token; null when that was taken out. */
  current({ digest }: Pick<TokenEntry, 'digest'>): TokenEntry | null {
    this.#follow();
    return this.#entries.find((entry) => entry.digest.equals(digest)) ?? null;
  }

  #follow(): void {
    try {
      const version = this.#stat();
      if (version === this.#version) return;
      this.#entries = this.#read();
      this.#version = version;
    } catch (error) {
      this.#version = null;
      if (this.#entries.length > 0 && error instanceof Error) this.#onProblem(error.message);
      this.#entries = [];
    }
  }

  #read(): readonly TokenEntry[] {
    return readTokens(
      this.#file,
      this.#asking(() => readFileSync(this.#file, 'utf8')),
    );
  }

  /** Changes when the file does. @throws DragomanError CONFIG_INVALID */
  #stat(): string {
    const { mtimeMs, ctimeMs, size, ino, mode } = this.#asking(() => statSync(this.#file));
    if ((mode & WRITABLE_BY_ALL) !== 0) throw refuse(this.#file, 'everybody may write it; take that right away');
    return [mtimeMs, ctimeMs, size, ino].join(' ');
  }

  #asking<T>(read: () => T): T {
    try {
      return read();
    } catch (cause) {
      throw refuse(this.#file, 'it cannot be read', cause);
    }
  }
}

const refuse = (file: string, why: string, cause?: unknown): DragomanError =>
  new DragomanError('CONFIG_INVALID', `http.tokensFile: ${file}: ${why}.`, { cause });
