/** Verdicts in words: what changed, whom it breaks, and what is allowed in its place. Pure. */
import type { Consumer, Touched } from '../consumers.js';
import type { Json } from '../../rules/contracts/json-schema.js';
import type { Change } from './change.js';
import { CHANGE_CODES, type ChangeCode } from './codes.js';
import type { Verdict } from './gate.js';

const CHARS_MAX = 300;

/** `payment.method has another type: was "string", is "integer"` */
export function changeText({ code, path, word, from, to }: Change): string {
  const about = path === '' ? 'it' : path;
  const { says } = CHANGE_CODES[code];
  const isSaid = word === undefined || word === 'type' || word === 'enum' || word === from || word === to;
  const named = isSaid ? '' : ` (${word})`;
  if (WITHOUT_VALUES.has(code)) return `${about} ${says}`;
  return `${about} ${says}${named}: was ${shown(from)}, is ${shown(to)}`;
}

/** Both values say no more than the code does. */
const WITHOUT_VALUES: ReadonlySet<ChangeCode> = new Set<ChangeCode>([
  'CONTRACT_ADDED',
  'CONTRACT_REMOVED',
  'NOT_COMPARED',
]);

function shown(value: Json): string {
  if (value === null) return 'nothing';
  const text = typeof value === 'string' ? `"${value}"` : JSON.stringify(value);
  return text.length <= CHARS_MAX ? text : `${text.slice(0, CHARS_MAX - 3)}...`;
}

/** What it is about is no field, or hurts whoever reads the event at all. */
const WHOLE: ReadonlySet<ChangeCode> = new Set<ChangeCode>([
  ...(['CONTRACT_REMOVED', 'TOPIC_CHANGED', 'KEY_CHANGED', 'EVENT_TYPE_CHANGED', 'CARDINALITY_CHANGED'] as const),
  ...([
    'REGISTRY_CHANGED',
    'CARRIES_LESS',
    'RECONCILIATION_WEAKENED',
    'STABILITY_WEAKENED',
    'SUNSET_SHORTENED',
  ] as const),
]);

/** Who checks the object refuses the whole of it. */
const OF_PARENT: ReadonlySet<ChangeCode> = new Set<ChangeCode>(['FIELD_ADDED_TO_CLOSED', 'FIELD_REMOVED_FROM_CLOSED']);

/** The field by which consumers are touched; empty: the event. */
export function touchedPath({ code, path }: Pick<Change, 'code' | 'path'>): string {
  if (WHOLE.has(code)) return '';
  return OF_PARENT.has(code) ? path.replace(/\.?[^.[]+$/, '') : path;
}

/** `breaks consumers of OrderAccepted.v1 that read payment.method`; null: nobody. */
export function whoText(verdict: Verdict, { breaks, untouched }: Touched): string | null {
  if (verdict.breaks.length === 0) return null;
  const { contract } = verdict;
  const path = touchedPath(verdict);
  const reading = path === '' ? '' : ` that read ${path}`;
  const all = verdict.breaks.includes('forward')
    ? `breaks consumers of ${contract}${reading}`
    : `breaks consumers of ${contract}${reading} when they begin again from events of before`;
  return `${all}${declared(breaks, untouched)}`;
}

function declared(breaks: readonly Consumer[], untouched: readonly Consumer[]): string {
  if (breaks.length === 0 && untouched.length === 0) return '';
  const who = breaks.length === 0 ? ': none of those that are declared' : `: ${breaks.map(named).join(', ')}`;
  const others = untouched.map(({ consumer }) => consumer).join(', ');
  return `${who}${others === '' ? '' : `; not touched: ${others}`}`;
}

const named = ({ consumer, contact }: Consumer): string => `${consumer} (${contact})`;
