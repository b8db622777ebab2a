/** Which tables of a source are known, as the progress has it, and as observers are told of it. */
import { z } from 'zod';
import type { Position } from '../../domain/source/position.js';
import type { Known } from '../../sequence/snapshots/knowledge.js';
import type { Observer } from '../events.js';

const position = z.string().transform((text) => text as Position);

export const knownSchema = z.object({
  tables: z.array(z.string()),
  begun: z.object({ position: position.nullable(), timeMs: z.number().nullable() }).nullable(),
  sinceMs: z.number(),
  learntMs: z.number().nullable(),
});

/** Tables that are not declared any more are forgotten: declared again, they are unknown. */
export const knownOf = ({ tables, ...known }: Known, declared: readonly string[]): Known => ({
  ...known,
  tables: tables.filter((table) => declared.includes(table)),
});

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
