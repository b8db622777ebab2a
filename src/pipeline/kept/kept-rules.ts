/**
 * The rules that decided, by their digest, so that an old decision can be explained, or made again (decision 0020). Cells like all others:
 *
 *   ~rules            by digest: since when, and how many parts its text has
 *   ~rules:<digest>   its parts by number, zipped and as base64
 *
 * A start reads the first, and the parts of those that aggregates keep (`pinned-rules.ts`). Written with the first decision under a digest; of
 * more than 100 the oldest goes that no aggregate keeps.
 */
import { DragomanError } from '../../errors.js';
import type { Cell } from '../ports.js';

export const RULES = '~rules';
const BUNDLE = `${RULES}:`;

/** Sets of rules that are kept. */
export const KEPT_MAX = 100;
/** Of one part: it has room in the smallest record that a topic may allow, and a bundle has 29 at most. */
const PART_CHARS = 48 * 1024;

export const isBundle = (hash: string): boolean => hash.startsWith(BUNDLE);
export const bundleOf = (digest: string): string => `${BUNDLE}${digest}`;
/** What the partition of its parts is chosen by. */
export const digestOf = (bundle: string): string => bundle.slice(BUNDLE.length);

/** The text of a set of rules that is in use. */
export interface Bundle {
  readonly digest: string;
  /** Zipped, as base64. Null: its rules came from no files. */
  readonly text: string | null;
}

export interface Kept {
  /** Which of them was taken into use last has the highest. */
  readonly number: number;
  /** When it was first taken into use, ms since 1970. */
  readonly sinceMs: number;
  readonly parts: number;
}

export const keptIn = (text: string): Kept => JSON.parse(text) as Kept;

export class KeptRules {
  readonly #kept = new Map<string, Kept>();

  /** Forgets everything but these, which are stored. */
  reset(stored: Iterable<readonly [digest: string, text: string]>): void {
    this.#kept.clear();
    for (const [digest, text] of stored) this.#kept.set(digest, keptIn(text));
  }

  /** The texts of these, zipped, as base64; null: it is not kept. @throws DragomanError STATE_DAMAGED */
  async bundles(
    digests: readonly string[],
    loadFields: (hash: string, fields: readonly string[]) => Promise<readonly (string | null)[]>,
  ): Promise<Map<string, string | null>> {
    const all = new Map<string, string | null>();
    for (const digest of digests) {
      const kept = this.#kept.get(digest);
      const parts = kept === undefined ? null : await loadFields(bundleOf(digest), partsOf(kept));
      all.set(digest, parts === null ? null : joinedBundle(digest, parts));
    }
    return all;
  }

  /** Digest of those that decided last; null: none did. */
  get newest(): string | null {
    const newest = this.#newest();
    return [...this.#kept].find(([, { number }]) => number === newest)?.[0] ?? null;
  }

  /**
   * What is to be stored beside a decision under these rules; nothing when it is there.
   * @param isNeeded rules that do not go, however old.
   */
  takeFresh({ digest, text }: Bundle, nowMs: number, isNeeded: (digest: string) => boolean): readonly Cell[] {
    if (text === null) return NOTHING;
    const known = this.#kept.get(digest);
    if (known !== undefined && known.number === this.#newest()) return NOTHING;
    const parts = known === undefined ? cut(text) : [];
    const kept = { sinceMs: nowMs, parts: parts.length, ...known, number: this.#newest() + 1 };
    this.#kept.set(digest, kept);
    const cells = parts.map((part, i): Cell => ({ hash: bundleOf(digest), field: String(i), value: part }));
    return [...cells, { hash: RULES, field: digest, value: JSON.stringify(kept) }, ...this.#takeOldest(isNeeded)];
  }

  #newest(): number {
    let newest = 0;
    for (const { number } of this.#kept.values()) newest = Math.max(newest, number);
    return newest;
  }

  #takeOldest(isNeeded: (digest: string) => boolean): Cell[] {
    const [oldest] = [...this.#kept]
      .filter(([digest, { number }]) => number < this.#newest() && !isNeeded(digest))
      .sort(([, a], [, b]) => a.number - b.number);
    if (this.#kept.size <= KEPT_MAX || oldest === undefined) return [];
    const [digest, { parts }] = oldest;
    this.#kept.delete(digest);
    const gone = Array.from({ length: parts }, (_, i): Cell => ({
      hash: bundleOf(digest),
      field: String(i),
      value: null,
    }));
    return [...gone, { hash: RULES, field: digest, value: null }];
  }
}

const NOTHING: readonly Cell[] = [];

const cut = (text: string): string[] =>
  Array.from({ length: Math.ceil(text.length / PART_CHARS) }, (_, i) =>
    text.slice(i * PART_CHARS, (i + 1) * PART_CHARS),
  );

/** Fields of the parts of one that is kept. */
export const partsOf = ({ parts }: Kept): string[] => Array.from({ length: parts }, (_, i) => String(i));

/** The reverse of what was cut. @param parts null: one is not stored. @throws DragomanError STATE_DAMAGED */
export function joinedBundle(digest: string, parts: readonly (string | null)[]): string {
  if (parts.every((part) => part !== null)) return parts.join('');
  throw new DragomanError(
    'STATE_DAMAGED',
    `Of the rules ${digest} not all parts are stored. Compare what is stored with the state topic: \`dragoman state verify\`.`,
    { details: { digest } },
  );
}
