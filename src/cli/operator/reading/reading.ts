/** What a task would have in memory at a marker, and what it would decide by: for commands that try what they would do. Nothing is written. */
import { randomBytes } from 'node:crypto';
import type { Marker, StateStore } from '../../../pipeline/ports.js';
import { Memory } from '../../../pipeline/state/memory.js';
import type { TaskSettings } from '../../../pipeline/task.js';
import type { CompiledRules } from '../../../rules/compile.js';

/** Nothing is written, so no offset is foretold that anybody gets. */
const NOWHERE = { partitionOf: () => 0 };
const NOTHING_WRITTEN = { state: [0], journal: [0] };
const OUTSIDE = {
  random: randomBytes,
  bytesMax: Number.MAX_SAFE_INTEGER,
  clock: { nowMs: Date.now },
  observe: () => undefined,
};

export interface Reading {
  readonly memory: Memory;
  /** With the rules that aggregates keep. */
  readonly settings: TaskSettings;
}

/** @throws DragomanError MARKER_MOVED, RULES_PINNED when the rules that stand here do not go with those that aggregates keep. */
export async function readingAt(marker: Marker, store: StateStore, settings: TaskSettings): Promise<Reading> {
  const { topics, translate, rules, compile } = settings;
  const pinning = { rules, digest: translate.digest, compile };
  const memory = new Memory({ store, topics, parts: translate.parts, pinning, ...NOWHERE, ...OUTSIDE });
  await memory.reset(marker, NOTHING_WRITTEN);
  return { memory, settings: { ...settings, translate: { ...translate, pins: memory.pinned } } };
}

/** The same rules are asked for again and again. */
export function compiledOnce(compile: TaskSettings['compile']): TaskSettings['compile'] {
  const known = new Map<string, CompiledRules>();
  return (bundle, digest) => {
    const rules = known.get(digest) ?? compile(bundle, digest);
    known.set(digest, rules);
    return rules;
  };
}
