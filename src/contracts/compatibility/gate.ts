/**
 * The gate: contracts of now against what was ever published of them. Every consumer that was built on any earlier version must read the events
 * of now (forward, transitive); with `backward` or `full` also the other way round, for consumers that begin again from the first event. Pure.
 */
import { contractText } from '../../domain/integration-event.js';
import type { PublishedContract } from '../published.js';
import { waiverOf } from '../waiver.js';
import { type Change, schemaChanges } from './change.js';
import { promiseChanges } from './promise-changes.js';
import type { Direction } from './schema/difference.js';

export const MODES = ['forward', 'backward', 'full'] as const;
export type Mode = (typeof MODES)[number];

/** What was published, at one place or of one time. */
export interface Published {
  /** As a person calls it: a folder, or a revision. */
  readonly from: string;
  /** Nothing of this place is newer: what is missing since is told of. */
  readonly isNewest: boolean;
  readonly contracts: readonly PublishedContract[];
}

export interface GateInput {
  readonly now: readonly PublishedContract[];
  /** Newest first. */
  readonly earlier: readonly Published[];
  readonly mode: Mode;
  /** `YYYY-MM-DD`. */
  readonly today: string;
}

/**
 * - `break`: it may not be published like this.
 * - `note`: it breaks nobody of those who are asked for, or is waived, or the contract is experimental.
 * - `fine`: nobody is broken.
 */
export type Weight = 'break' | 'note' | 'fine';

/** What one version takes, an earlier one need not. */
const RISING: readonly Weight[] = ['fine', 'note', 'break'];

export interface Verdict extends Change {
  readonly weight: Weight;
  /** `OrderAccepted.v1`. */
  readonly contract: string;
  /** Where the version was that is compared with. */
  readonly since: string;
  /** Why it is but a note, where somebody would be broken. */
  readonly because: string | null;
}

export function gate({ now, earlier, mode, today }: GateInput): Verdict[] {
  const history = historyOf(earlier);
  const present = new Set(now.map(nameOf));
  return [
    ...now.flatMap((contract) => {
      const versions = history.get(nameOf(contract));
      return versions === undefined ? [added(contract)] : changesSince(contract, versions, mode);
    }),
    ...[...history].filter(([type]) => !present.has(type)).flatMap(([, versions]) => removed(versions, today)),
  ];
}

const nameOf = ({ name, version }: PublishedContract): string => contractText(name, version);

interface Version extends Pick<Published, 'from' | 'isNewest'> {
  readonly contract: PublishedContract;
}

type Versions = readonly [newest: Version, ...older: Version[]];

/** By type, newest first. */
function historyOf(earlier: readonly Published[]): Map<string, Versions> {
  const history = new Map<string, Versions>();
  for (const { from, isNewest, contracts } of earlier)
    for (const contract of contracts) {
      const name = nameOf(contract);
      const versions = history.get(name);
      const version = { from, isNewest, contract };
      history.set(name, versions === undefined ? [version] : [...versions, version]);
    }
  return history;
}

const NOWHERE = '';

const added = (contract: PublishedContract): Verdict => ({
  ...{ code: 'CONTRACT_ADDED', path: '', from: null, to: nameOf(contract), breaks: [], breaksStrictly: [] },
  ...{ weight: 'fine', contract: nameOf(contract), since: NOWHERE, because: null },
});

function changesSince(now: PublishedContract, [newest, ...older]: Versions, mode: Mode): Verdict[] {
  const verdicts = new Map<string, Verdict>();
  const add = (change: Change, { from, contract }: Version): void => {
    const key = JSON.stringify([change.code, change.path, change.word]);
    const weighing = weighed(change, { now, before: contract, mode });
    const known = verdicts.get(key);
    if (known !== undefined && RISING.indexOf(known.weight) >= RISING.indexOf(weighing.weight)) return;
    verdicts.set(key, { ...change, ...weighing, contract: nameOf(now), since: from });
  };
  for (const change of changesBetween(newest.contract, now)) add(change, newest);
  for (const version of older)
    for (const change of changesBetween(version.contract, now))
      if (change.breaks.length > 0) add(asReused(change, { version, newest }), version);
  return [...verdicts.values()];
}

export const changesBetween = (from: PublishedContract, to: PublishedContract): Change[] => [
  ...schemaChanges(from.value, to.value),
  ...promiseChanges({ from, to }),
];

/** What the newest version does not have any more was retired: under its name nothing else may come. */
function asReused(
  change: Change,
  { version, newest }: { readonly version: Version; readonly newest: Version },
): Change {
  const [had, has] = [version, newest].map(({ contract }) => Object.hasOwn(contract.fields, change.path));
  const isReused =
    had === true && has === false && change.code !== 'FIELD_REMOVED' && change.code !== 'FIELD_MADE_OPTIONAL';
  return isReused ? { ...change, code: 'FIELD_NAME_REUSED', breaks: ['forward', 'backward'] } : change;
}

interface Weighing {
  readonly now: PublishedContract;
  readonly before: PublishedContract;
  readonly mode: Mode;
}

function weighed({ code, path, breaks }: Change, { now, before, mode }: Weighing): Pick<Verdict, 'weight' | 'because'> {
  if (breaks.length === 0) return { weight: 'fine', because: null };
  const waived = waiverOf(now, { code, path });
  if (waived !== null) return { weight: 'note', because: `waived: ${waived}` };
  if (before.stability === 'experimental') return { weight: 'note', because: 'the contract was experimental' };
  if (breaks.some((direction) => isAsked(direction, mode))) return { weight: 'break', because: null };
  return { weight: 'note', because: 'it matters only to consumers that read events of before again (--mode full)' };
}

const isAsked = (direction: Direction, mode: Mode): boolean => mode === 'full' || mode === direction;

/** Only what a newest one has: what was taken away before is not asked for once more. What was said of its end last is what counts. */
function removed(versions: Versions, today: string): Verdict[] {
  const newest = versions.find(({ isNewest }) => isNewest);
  if (newest === undefined) return [];
  const { from } = newest;
  const [{ contract }] = versions;
  const { sunset, stability } = contract;
  const name = nameOf(contract);
  const isOver = sunset !== null && sunset <= today;
  const because =
    stability === 'experimental' ? 'the contract was experimental' : isOver ? `its sunset, ${sunset}, is over` : null;
  const breaks = ['forward'] as const;
  return [
    {
      ...{ code: 'CONTRACT_REMOVED', path: '', from: name, to: null, breaks, breaksStrictly: breaks },
      ...{ weight: because === null ? 'break' : 'note', contract: name, since: from, because },
    },
  ];
}
