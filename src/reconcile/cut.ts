/** What a check found, cut into reports of bounded size. Pure. */
import { REPORT_CHARS_MAX } from '../domain/command.js';
import { FOUND_MAX, GONE_MAX } from '../domain/reconciliation/check-run.js';
import {
  type Evidence,
  EVIDENCE_FIELDS_MAX,
  type Found,
  NAME_CHARS_MAX,
  SIDE_CHARS_MAX,
} from '../domain/reconciliation/discrepancy.js';

/** Characters of a report that are not of what is found: its head, ids that are gone, the progress with its position. */
const OTHERS_CHARS = 12_000;
const GONE_CHARS = 40;

export interface Part {
  readonly found: readonly Found[];
  readonly gone: readonly string[];
}

/** At least one part, perhaps an empty one. */
export function cutReports(found: readonly Found[], gone: readonly string[]): Part[] {
  const parts: { found: Found[]; gone: string[]; chars: number }[] = [{ found: [], gone: [], chars: 0 }];
  const roomFor = (chars: number, isFull: (part: Part) => boolean) => {
    const last = parts.at(-1);
    if (last !== undefined && last.chars + chars <= REPORT_CHARS_MAX - OTHERS_CHARS && !isFull(last)) {
      last.chars += chars;
      return last;
    }
    const next = { found: [], gone: [], chars };
    parts.push(next);
    return next;
  };
  for (const each of found)
    roomFor(JSON.stringify(each).length + 1, (part) => part.found.length >= FOUND_MAX).found.push(each);
  for (const id of gone) roomFor(GONE_CHARS, (part) => part.gone.length >= GONE_MAX).gone.push(id);
  return parts.map(({ found: some, gone: ids }) => ({ found: some, gone: ids }));
}

/** Both sides as an operator sees them. */
export interface Sides {
  /** Undefined: this side has nothing. */
  readonly ours?: unknown;
  readonly theirs?: unknown;
  /** Paths that differ: `sts_cd`, `lines[].quantity`. */
  readonly fields: readonly string[];
}

/** @param classOf class of the values at a path; null: they may be seen. */
export function evidenceOf({ ours, theirs, fields }: Sides, classOf: (path: string) => string | null): Evidence {
  return {
    ...(ours === undefined ? {} : { ours: sideText(ours, classOf) }),
    ...(theirs === undefined ? {} : { theirs: sideText(theirs, classOf) }),
    fields: fields.slice(0, EVIDENCE_FIELDS_MAX).map((path) => path.slice(0, NAME_CHARS_MAX)),
  };
}

const CUT = '...';

function sideText(value: unknown, classOf: (path: string) => string | null): string {
  const text = JSON.stringify(masked(value, '', classOf));
  return text.length > SIDE_CHARS_MAX ? `${text.slice(0, SIDE_CHARS_MAX - CUT.length)}${CUT}` : text;
}

function masked(value: unknown, path: string, classOf: (path: string) => string | null): unknown {
  const is = path === '' ? null : classOf(path);
  if (is !== null) return value === null ? null : `[${is}]`;
  if (Array.isArray(value)) return value.map((each) => masked(each, `${path}[]`, classOf));
  if (typeof value !== 'object' || value === null) return value;
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, masked(each, at(name), classOf)]));
}
