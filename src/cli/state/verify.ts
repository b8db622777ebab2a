/**
 * `dragoman state verify`: Redis against the journal. Each state has to be the one in the last entry of its aggregate, and the row index
 * what the states say. The pipeline may run meanwhile: what looks wrong at first is held against what the journal says by then.
 */
import { ownedRows } from '../../changeset/owners.js';
import { aggregateRef, type AggregateState } from '../../domain/state/aggregate-state.js';
import { DragomanError } from '../../errors.js';
import type { JournalOffsets } from '../../pipeline/ports.js';
import { loadAll } from '../../pipeline/state/cutting.js';
import { decodeMarker, type MarkerContent } from '../../pipeline/state/marker.js';
import type { CompiledRules } from '../../rules/compile.js';
import { EXIT, print, say } from '../exit.js';
import { configOf, rulesOf } from '../load.js';
import { type OperatorOptions, pipelineOf } from '../operator/operator.js';
import { atMarker } from '../operator/stored-states.js';
import { hashOf, StateHashes } from './hashes.js';
import { type Journal, withJournal, withRedisStore } from './opened.js';
import { progressWords } from './progress-words.js';
import { allOwners, allStates, type ScannedStore } from './steady.js';

/** What differs, with the first keys of each kind. */
export class Differences {
  readonly #kinds = new Map<string, { count: number; examples: string[] }>();

  add(kind: string, key: string): void {
    const known = this.#kinds.get(kind) ?? { count: 0, examples: [] };
    known.count += 1;
    if (known.examples.length < EXAMPLES_MAX) known.examples.push(key);
    this.#kinds.set(kind, known);
  }

  get all(): { readonly kind: string; readonly count: number; readonly examples: readonly string[] }[] {
    return [...this.#kinds].map(([kind, found]) => ({ kind, ...found }));
  }
}

const EXAMPLES_MAX = 10;
/** What looks wrong while the pipeline runs is kept by key, to be looked at again. */
const SUSPECTS_MAX = 10_000;
const KEYS_PER_LOAD = 1_000;
const ROUNDS_MAX = 20;

export async function stateVerifyCommand(options: OperatorOptions): Promise<number> {
  const loaded = configOf(options, true);
  const { config } = loaded;
  const { rules } = await rulesOf(options, loaded);
  const pipeline = pipelineOf(config, options);
  const report = await withJournal(config, pipeline, (journal) =>
    withRedisStore(config, pipeline, (store) => verify(journal, store, rules)),
  );
  const result = { schema: 'dragoman.cli/state-verify@1', pipeline, ...report };
  if (options.json === true) await print(JSON.stringify(result));
  else
    for (const { kind, count, examples } of report.findings) await print(`${kind}: ${count} (${examples.join(', ')})`);
  say(
    `${report.states} states and ${report.rows} rows were compared with the journal up to ${report.journal.join(',')}`,
  );
  if (report.findings.length === 0) return EXIT.ok;
  say(
    'Redis is not what the journal says. Stop the pipeline, delete its keys in Redis, and start it: all is restored.',
  );
  return EXIT.findings;
}

export interface VerifyReport {
  readonly states: number;
  readonly rows: number;
  readonly journal: JournalOffsets;
  readonly findings: Differences['all'];
}

type VerifiedJournal = Pick<Journal, 'cluster' | 'begin' | 'end' | 'read'>;

/** @throws DragomanError MARKER_AHEAD, COMMAND_REFUSED when it has to be repeated. */
export async function verify(
  journal: VerifiedJournal,
  store: ScannedStore,
  rules: CompiledRules,
  suspectsMax = SUSPECTS_MAX,
): Promise<VerifyReport> {
  const found = new Differences();
  const first = await markerOf(journal, store);
  const hashes = new StateHashes();
  const tellRead = progressWords('aggregates read from the journal');
  for await (const records of journal.read(journal.begin, first.journal)) {
    hashes.learn(records);
    tellRead(hashes.size);
  }
  const { suspects, claims, states } = await compareStates(store, hashes, rules, suspectsMax);
  const last = await settle({ journal, store, hashes, found }, suspects, first);
  if (hashes.unseen > 0) await nameMissing(journal, last, hashes, store, found);
  const rows = await compareOwners(store, claims, rules, found, suspectsMax);
  return { states, rows, journal: last.journal, findings: found.all };
}

async function markerOf(journal: VerifiedJournal, store: ScannedStore): Promise<MarkerContent> {
  const content = decodeMarker(await atMarker(store, (marker) => Promise.resolve(marker)));
  if (content.part !== undefined) throw again('a write in several parts, or a restore, is under way');
  if (content.cluster === journal.cluster && content.journal.length === journal.end.length) return content;
  throw new DragomanError(
    'MARKER_AHEAD',
    `Redis follows the journal of cluster ${content.cluster}; this is ${journal.cluster}.`,
  );
}

const again = (why: string): DragomanError =>
  new DragomanError(
    'COMMAND_REFUSED',
    `This cannot be told now: ${why}. Repeat it when the pipeline is calmer, or stopped.`,
  );

interface Compared {
  readonly suspects: ReadonlySet<string>;
  /** Hash of the owner by hash of the row, as the states say. */
  readonly claims: ReadonlyMap<number, number>;
  readonly states: number;
}

/** @param hashes null: only what the states claim is wanted. */
async function compareStates(
  store: ScannedStore,
  hashes: StateHashes | null,
  rules: CompiledRules,
  suspectsMax: number,
): Promise<Compared> {
  const suspects = new Set<string>();
  const claims = new Map<number, number>();
  const tell = progressWords('states compared');
  const isIndexed = [...rules.feeds.values()].some((feeds) => feeds.some(({ keyPlaces }) => keyPlaces === null));
  let states = 0;
  for await (const part of allStates(store)) {
    for (const [key, text] of part) {
      if (hashes !== null && hashes.compare(key, text) !== 'equal') suspects.add(key);
      if (!isIndexed) continue;
      for (const [row, owner] of ownedBy(key, text, rules)) claims.set(hashOf(row), hashOf(owner));
    }
    if (suspects.size > suspectsMax) throw tooMany(suspects);
    tell((states += part.length));
  }
  return { suspects, claims, states };
}

function ownedBy(key: string, text: string, rules: CompiledRules): Iterable<readonly [string, string]> {
  try {
    return ownedRows(aggregateRef(key), JSON.parse(text) as AggregateState, rules);
  } catch {
    return []; // no state at all: it differs from the journal, and is told
  }
}

const tooMany = (suspects: ReadonlySet<string>): DragomanError =>
  again(`more than ${suspects.size} states differ at first sight (${[...suspects].slice(0, 3).join(', ')}, ...)`);

interface Settling {
  readonly journal: VerifiedJournal;
  readonly store: ScannedStore;
  readonly hashes: StateHashes;
  readonly found: Differences;
}

/** Suspects under one marker, with the journal read up to it. @returns that marker. */
async function settle(
  { journal, store, hashes, found }: Settling,
  suspects: ReadonlySet<string>,
  first: MarkerContent,
): Promise<MarkerContent> {
  let read = first;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const marker = (await store.marker()) ?? '';
    const now = await markerOf(journal, store);
    for await (const records of journal.read(read.journal, now.journal)) hashes.learn(records);
    read = now;
    const texts = await underMarker(store, marker, [...suspects]);
    if (texts === null) continue;
    for (const [key, text] of texts) {
      const kind = hashes.compare(key, text);
      if (kind !== 'equal') found.add(`${kind} state`, key);
    }
    return read;
  }
  throw again('Redis moves faster than it can be followed');
}

/** Null: the marker moved meanwhile. */
async function underMarker(
  store: ScannedStore,
  marker: string,
  keys: readonly string[],
): Promise<(readonly [string, string | null])[] | null> {
  let texts: (string | null)[];
  try {
    texts = await loadAll(keys, (some) => store.loadStates(marker, some));
  } catch (error) {
    if (error instanceof DragomanError && error.code === 'MARKER_MOVED') return null;
    throw error;
  }
  return keys.map((key, i) => [key, texts[i] ?? null]);
}

/** The journal knows aggregates that no part of Redis had: read it again for their names. One that came late is there by now. */
async function nameMissing(
  journal: VerifiedJournal,
  { journal: to }: MarkerContent,
  hashes: StateHashes,
  store: ScannedStore,
  found: Differences,
): Promise<void> {
  for await (const records of journal.read(journal.begin, to)) {
    const keys = [...new Set(records.map(({ key }) => key))].filter((key) => hashes.isUnseen(key));
    for (let i = 0; i < keys.length; i += KEYS_PER_LOAD) {
      const some = keys.slice(i, i + KEYS_PER_LOAD);
      const texts = await loadAll(some, (few) => atMarker(store, (marker) => store.loadStates(marker, few)));
      some.forEach((key, at) => {
        const text = texts[at] ?? null;
        if (text === null) found.add('missing state', key);
        hashes.compare(key, text ?? ''); // named once
      });
    }
  }
}

/** Entries of the index against what the states claim; a second look, when there is something, leaves out what was on its way. */
async function compareOwners(
  store: ScannedStore,
  claims: ReadonlyMap<number, number>,
  rules: CompiledRules,
  found: Differences,
  suspectsMax: number,
): Promise<number> {
  const look = await wrongOwners(store, claims, suspectsMax);
  if (look.wrong.size === 0 && look.unseen === 0) return look.rows;
  const fresh = await compareStates(store, null, rules, suspectsMax);
  const second = await wrongOwners(store, fresh.claims, suspectsMax);
  for (const [row, kind] of second.wrong) if (look.wrong.has(row)) found.add(kind, row);
  const missing = Math.min(look.unseen, second.unseen);
  for (let i = 0; i < missing; i += 1) found.add('missing row', 'named by the states, not by the index');
  return second.rows;
}

async function wrongOwners(
  store: ScannedStore,
  claims: ReadonlyMap<number, number>,
  suspectsMax: number,
): Promise<{ readonly wrong: ReadonlyMap<string, string>; readonly unseen: number; readonly rows: number }> {
  const wrong = new Map<string, string>();
  const seen = new Set<number>();
  for await (const part of allOwners(store)) {
    for (const [row, owner] of part) {
      const hash = hashOf(row);
      seen.add(hash);
      const claim = claims.get(hash);
      if (claim === hashOf(owner)) continue;
      wrong.set(row, claim === undefined ? 'extra row' : 'differing row');
    }
    if (wrong.size > suspectsMax) throw again(`more than ${wrong.size} entries of the row index differ at first sight`);
  }
  const unseen = [...claims.keys()].reduce((count, hash) => (seen.has(hash) ? count : count + 1), 0);
  return { wrong, unseen, rows: seen.size };
}
