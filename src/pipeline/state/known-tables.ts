/**
 * Which tables of a source are known, in a form that fits into the progress: five characters a table, the names as 25-bit hashes. Two of
 * a hundred names meet with a chance of 1 in 7,000; then a table that is declared later would count as known.
 */
import { z } from 'zod';
import type { Position } from '../../domain/source/position.js';
import type { Known } from '../../sequence/snapshots/knowledge.js';
import type { Observer } from '../events.js';

const position = z.string().transform((text) => text as Position);

export const knownSchema = z.object({
  tables: z.string(),
  begun: z.object({ position: position.nullable(), timeMs: z.number().nullable() }).nullable(),
  sinceMs: z.number(),
  learntMs: z.number().nullable(),
});

/** As it is committed. Absent in progress of versions that did not ask: what they read is known. */
export type KnownProgress = z.output<typeof knownSchema>;

export const encodeKnown = ({ tables, ...known }: Known): KnownProgress => ({
  ...known,
  tables: tables.map(hash).join(''),
});

/** Tables that are not declared any more are forgotten: declared again, they are unknown. */
export function decodeKnown({ tables, ...known }: KnownProgress, declared: readonly string[]): Known {
  const hashes = new Set(tables.match(/.{5}/g));
  return { ...known, tables: declared.filter((table) => hashes.has(hash(table))) };
}

/** FNV-1a, in base 32. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return (value >>> 7).toString(32).padStart(5, '0');
}

type Now = ReadonlyMap<string, Known & { readonly missing: readonly string[] }>;

/** Tells what is known of each source, and only what changed since. */
export function knowledgeTeller(observe: Observer): (now: Now) => void {
  const told = new Map<string, string>();
  return (now) => {
    for (const [source, { begun, missing: unknown }] of now) {
      const text = `${begun !== null} ${unknown.join()}`;
      if (told.get(source) === text) continue;
      told.set(source, text);
      observe({ kind: 'knowledge', source, begun, unknown });
    }
  };
}
