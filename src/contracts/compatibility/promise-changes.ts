/** What became different of a promise besides its schema. Pure. */
import { type PublishedContract, type PublishedField } from '../published.js';
import type { Authority } from '../../rules/contracts/promise.js';
import type { Json } from '../../rules/contracts/json-schema.js';
import type { Change } from './change.js';
import type { ChangeCode } from './codes.js';
import { saysSame } from './schema/words.js';

interface Both {
  readonly from: PublishedContract;
  readonly to: PublishedContract;
}

export const promiseChanges = (both: Both): Change[] => [
  ...said(both, 'topic', 'TOPIC_CHANGED', true),
  ...said(both, 'key', 'KEY_CHANGED', true),
  ...said(both, 'type', 'EVENT_TYPE_CHANGED', true),
  ...registryChanges(both),
  ...cardinalityChanges(both),
  ...carriesChanges(both),
  ...reconciliationChanges(both),
  ...fieldChanges(both),
  ...stabilityChanges(both),
  ...sunsetChanges(both),
  ...said(both, 'replacedBy', 'REPLACEMENT_CHANGED', false),
  ...said(both, 'owner', 'OWNER_CHANGED', false),
  ...(['meaning', 'certainty', 'notSentWhen'] as const).flatMap((word) => said(both, word, 'WORDS_CHANGED', false)),
];

interface Told {
  readonly path: string;
  /** Which of those under the path. */
  readonly word?: string;
  readonly from: Json;
  readonly to: Json;
  readonly isBreak: boolean;
}

const change = (code: ChangeCode, { isBreak, ...told }: Told): Change => {
  const breaks = isBreak ? (['forward'] as const) : [];
  return { code, ...told, breaks, breaksStrictly: breaks };
};

type Said = 'topic' | 'key' | 'type' | 'replacedBy' | 'owner' | 'meaning' | 'certainty' | 'notSentWhen';

/** An export of before may say less. */
function said({ from, to }: Both, path: Said, code: ChangeCode, isBreak: boolean): Change[] {
  if ((from as Partial<PublishedContract>)[path] === undefined) return [];
  const [was, is] = [from[path] as Json, to[path] as Json];
  return JSON.stringify(was) === JSON.stringify(is) ? [] : [change(code, { path, from: was, to: is, isBreak })];
}

/** Who reads plain JSON cannot read it behind a prefix, and who looks for a schema's name does not find it; one more header hurts nobody. */
function registryChanges(both: Both): Change[] {
  const [from, to] = [both.from.registry ?? 'none', both.to.registry ?? 'none'];
  if (from === to) return [];
  return [change('REGISTRY_CHANGED', { path: 'registry', from, to, isBreak: from !== 'none' || to === 'prefix' })];
}

/** An aggregate that is called otherwise is the same one; who wants to be sure reads the meaning. */
function cardinalityChanges({ from: { cardinality: from }, to: { cardinality: to } }: Both): Change[] {
  if (saysSame(from, to)) return [];
  const isBreak = from.comes !== to.comes || from.of !== to.of;
  const told = { path: 'cardinality', from: { ...from }, to: { ...to }, isBreak };
  return [change(isBreak ? 'CARDINALITY_CHANGED' : 'WORDS_CHANGED', told)];
}

function carriesChanges({ from: { carries: from }, to: { carries: to } }: Both): Change[] {
  if (from === to) return [];
  const isBreak = from === 'state';
  return [change(isBreak ? 'CARRIES_LESS' : 'CARRIES_MORE', { path: 'carries', from, to, isBreak })];
}

function reconciliationChanges({ from, to }: Both): Change[] {
  const only = (some: readonly string[], others: readonly string[]) => some.filter((name) => !others.includes(name));
  const [was, is] = [from.reconciledBy, to.reconciledBy];
  return [
    ...only(was, is).map((name) =>
      change('RECONCILIATION_WEAKENED', { path: 'reconciledBy', word: name, from: name, to: null, isBreak: true }),
    ),
    ...only(is, was).map((name) =>
      change('RECONCILIATION_ADDED', { path: 'reconciledBy', word: name, from: null, to: name, isBreak: false }),
    ),
  ];
}

/** Of fields that both have: what came and went is told by the schema. */
const fieldChanges = ({ from, to }: Both): Change[] =>
  Object.entries(from.fields).flatMap(([path, was]) => {
    const is = Object.hasOwn(to.fields, path) ? to.fields[path] : undefined;
    return is === undefined
      ? []
      : [...authorityChanges(path, was, is), ...classChanges(path, was, is)].concat(meant(path, was, is));
  });

function authorityChanges(path: string, was: PublishedField, is: PublishedField): Change[] {
  const [from, to] = [authorityText(was.authority), authorityText(is.authority)];
  if (from === to) return [];
  const isBreak = was.authority === 'own';
  return [change(isBreak ? 'AUTHORITY_WEAKENED' : 'AUTHORITY_CHANGED', { path, from, to, isBreak })];
}

const authorityText = (authority: Authority): string =>
  authority === 'own' ? 'own' : `borrowed from ${authority.borrowedFrom}`;

/** Nothing is known of how much classes of the rules' own ask for: only secret is more than personal. */
const WEIGHTS: ReadonlyMap<string | null, number> = new Map([
  [null, 0],
  ['personal', 2],
  ['secret', 3],
]);
const weightOf = (name: string | null): number => WEIGHTS.get(name) ?? 1;

function classChanges(path: string, was: PublishedField, is: PublishedField): Change[] {
  const [from, to] = [was.class, is.class];
  if (from === to) return [];
  const isBreak = weightOf(to) < weightOf(from);
  return [change(isBreak ? 'CLASS_WEAKENED' : 'CLASS_ADDED', { path, from, to, isBreak })];
}

function meant(path: string, was: PublishedField, is: PublishedField): Change[] {
  if (was.meaning === undefined || was.meaning === is.meaning) return [];
  return [change('WORDS_CHANGED', { path, from: was.meaning, to: is.meaning ?? null, isBreak: false })];
}

function stabilityChanges({ from: { stability: from }, to: { stability: to } }: Both): Change[] {
  if (from === to) return [];
  const isBreak = to === 'experimental';
  return [change(isBreak ? 'STABILITY_WEAKENED' : 'STABILITY_CHANGED', { path: 'stability', from, to, isBreak })];
}

/** Without a day it does not end: to say one for the first time brings nothing forward that was promised. */
function sunsetChanges({ from: { sunset: from }, to: { sunset: to } }: Both): Change[] {
  if (from === to || from === null) return [];
  const isBreak = to !== null && to < from;
  return [change(isBreak ? 'SUNSET_SHORTENED' : 'SUNSET_EXTENDED', { path: 'sunset', from, to, isBreak })];
}
