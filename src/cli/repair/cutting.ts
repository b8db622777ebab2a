/** Events of a repair in the portions of commands: within what one command may hold, and no more at once than the rate allows. Pure. */
import { COMMAND_CHARS_MAX } from '../../domain/command.js';
import {
  REPAIR_BYTES_MAX,
  REPAIR_EVENTS_MAX,
  REPAIR_TARGETS_MAX,
  type RepairTarget,
} from '../../domain/repair/repair.js';
import { nameOf, type PublishedBefore } from './published-before.js';

export interface CutLimits {
  /** Characters of a command without its targets. */
  readonly headChars: number;
  readonly eventsMax: number;
}

/** A second has four portions, so that a slow rate is no row of bursts. */
const PORTIONS_PER_SECOND = 4;

/** @param rate events in a second */
export const portionOf = (rate: number): number =>
  Math.max(1, Math.min(REPAIR_EVENTS_MAX, Math.floor(rate / PORTIONS_PER_SECOND)));

const ENTRIES_MAX = 16;
/** A character has at most three bytes; headers and the rest of a record come to less than a value. */
const CHARS_MAX = REPAIR_BYTES_MAX / 6;

type Target = { -readonly [K in keyof RepairTarget]: RepairTarget[K] };

/** In the same order, of each aggregate too. */
export function* cutIntoTargets(all: readonly PublishedBefore[], limits: CutLimits): Generator<RepairTarget[]> {
  let targets = new Map<string, Target>();
  let [events, chars, values] = [0, limits.headChars, 0];
  for (const one of all) {
    const target = targets.get(nameOf(one));
    const more = charsOf(one, target);
    const isFull =
      events >= limits.eventsMax ||
      (target === undefined && targets.size >= REPAIR_TARGETS_MAX) ||
      (target !== undefined && target.entries.length >= ENTRIES_MAX && !target.entries.includes(one.offset)) ||
      chars + more > COMMAND_CHARS_MAX ||
      values + one.chars > CHARS_MAX;
    if (isFull && events > 0) {
      yield [...targets.values()];
      targets = new Map();
      [events, chars, values] = [0, limits.headChars, 0];
    }
    chars += charsOf(one, targets.get(nameOf(one)));
    values += one.chars;
    events += 1;
    add(one, targets);
  }
  if (events > 0) yield [...targets.values()];
}

function add({ aggregate, id, offset, event, discrepancies }: PublishedBefore, targets: Map<string, Target>): void {
  const name = nameOf({ aggregate, id });
  const target: Target = targets.get(name) ?? { aggregate, id, entries: [], events: [] };
  targets.set(name, target);
  if (!target.entries.includes(offset)) target.entries.push(offset);
  target.events.push(event);
  if (discrepancies !== undefined)
    target.discrepancies = [...new Set([...(target.discrepancies ?? []), ...discrepancies])];
}

/** By which a command grows, at most. */
function charsOf(
  { aggregate, id, offset, event, discrepancies = [] }: PublishedBefore,
  target: Target | undefined,
): number {
  const own = event.length + 3 + String(offset).length + 1 + discrepancies.length * (event.length + 3);
  const empty = { aggregate, id, entries: [], events: [], discrepancies: [] };
  return target === undefined ? own + JSON.stringify(empty).length + 1 : own;
}
