/**
 * The check `source`: the legacy database against the states, table by table. First all rows of the database are walked, in the order of a unique
 * index, and looked for in the states: what is missing there or different. Then all states are walked, and their rows looked for in the database: what
 * is more. What looks wrong is looked at again by key, once everything that was committed by then is in the states (design amendment 21).
 */
import { z } from 'zod';
import { POSITION_CHARS_MAX } from '../../domain/reconciliation/check-run.js';
import type { DiscrepancyRef } from '../../domain/reconciliation/discrepancy.js';
import { aggregateRef } from '../../domain/state/aggregate-state.js';
import { aggregateOfHolder } from '../../domain/tables/feed.js';
import { unreadRow } from '../../domain/state/unread-row.js';
import { DragomanError } from '../../errors.js';
import type { Fields, ScannedHashes } from '../../pipeline/ports.js';
import type { CompiledRules } from '../../rules/compile.js';
import type { Again, Candidate, Check, Chunk } from '../ports.js';
import { Judge, type Judged, SOURCE_CHECK } from './judge.js';
import { notComparedAt, Ours } from './ours.js';
import type { ShardStates, SourcePorts, WalkedRow } from './ports.js';
import { QUIET_MS, Settling } from './settled.js';
import { type CheckedTable, type Plan, rowsWith, type TablePart } from './tables.js';

/** Rows of one statement. */
export const CHUNK_ROWS = 1_000;
/** Rows of states whose keys alone are looked for cost so much less than rows that are read: they count as one, for rate and estimate. */
export const KEYS_A_ROW = 5;
/** A database of another schema makes most rows of a table unreadable: of so many at least. */
const REFUSED_ROWS_MIN = 20;

const positionSchema = z.union([
  z.strictObject({ scope: z.string(), table: z.string(), part: z.int().min(0), after: z.array(z.string()) }),
  z.strictObject({ scope: z.string(), shard: z.int().min(0), from: z.string().nullable() }),
]);
type Position = z.output<typeof positionSchema>;
type InRows = Extract<Position, { readonly table: string }>;

export interface SourceCheckOf {
  readonly ports: SourcePorts;
  readonly plan: Plan;
  readonly rules: CompiledRules;
  readonly qualifier: string | null;
  readonly quietMs?: number;
}

export class SourceCheck implements Check {
  readonly name = SOURCE_CHECK;
  readonly #ports: SourcePorts;
  readonly #tables: Plan['tables'];
  readonly #judge: Judge;
  readonly #settling: Settling;
  readonly #left: Plan['left'];
  /** Which tables: a run of others does not go on from its positions. */
  readonly #scope: string;
  /** The last position that was short enough to be kept. */
  #position = '';

  constructor({ ports, plan, rules, qualifier, quietMs }: SourceCheckOf) {
    this.#ports = ports;
    this.#tables = plan.tables;
    this.#judge = new Judge(new Ours(ports.shards, rules, qualifier), rules);
    this.#settling = new Settling(ports, quietMs);
    this.#left = plan.left;
    this.#scope = [...plan.tables.keys()].join().slice(0, SCOPE_CHARS_MAX);
  }

  async size(): Promise<number | null> {
    let rows = 0;
    for (const { parts } of this.#tables.values())
      for (const { rows: database, whole, rowsAbout } of parts)
        rows += rowsAbout ?? (await database.count(whole.asked.name));
    return Math.ceil(rows + rows / KEYS_A_ROW);
  }

  async *chunks(from: string): AsyncIterable<Chunk> {
    const at = this.#read(from);
    this.#position = from;
    if (at === null || 'table' in at) yield* this.#rows(at);
    yield* this.#states(at !== null && 'shard' in at ? at : null);
  }

  /** @throws DragomanError RECONCILE_POSITION */
  #read(from: string): Position | null {
    if (from === '') return null;
    const read = positionSchema.safeParse(jsonIn(from));
    const at = read.success ? read.data : null;
    const isKnown = at !== null && at.scope === this.#scope && this.#isThere(at);
    if (isKnown) return at;
    throw new DragomanError(
      'RECONCILE_POSITION',
      'The last run of this check was of other tables, databases or shards, so it cannot be gone on with from where it was. Begin anew: --restart.',
    );
  }

  #isThere(at: Position): boolean {
    if ('shard' in at) return at.shard < this.#ports.shards.length;
    const part = this.#tables.get(at.table)?.parts[at.part];
    return part !== undefined && at.after.length === part.whole.asked.key.length;
  }

  #placeOf(position: Position): string {
    const text = JSON.stringify(position);
    if (text.length <= POSITION_CHARS_MAX || this.#position === '') this.#position = text.slice(0, POSITION_CHARS_MAX);
    return this.#position;
  }

  async *#rows(at: InRows | null): AsyncIterable<Chunk> {
    const names = [...this.#tables.keys()];
    for (const name of names.slice(at === null ? 0 : names.indexOf(at.table))) {
      const isFirst = name === at?.table;
      const parts = this.#tables.get(name)?.parts ?? [];
      for (const [number, part] of [...parts.entries()].slice(isFirst ? at.part : 0)) {
        for await (const rows of walked(part, isFirst && number === at.part ? at.after : null)) {
          const after = [...(rows.at(-1)?.place ?? [])];
          const position = this.#placeOf({ scope: this.#scope, table: name, part: number, after });
          const judged = await this.#judged(part, rows.map(({ texts }) => texts)); // prettier-ignore
          yield { position, looked: rows.length, ...judged };
        }
      }
    }
  }

  async #judged(
    part: TablePart,
    all: readonly (readonly (string | null)[])[],
  ): Promise<Pick<Chunk, 'candidates' | 'counts'>> {
    const { definition, source, whole } = part;
    const counts: Record<string, number> = {};
    const refusals: string[] = [];
    const rows = all.flatMap((texts) => {
      const { row, key, refusal } = whole.reader.read(texts);
      if (refusal !== null) refusals.push(refusal.text);
      if (key === null) count(counts, 'unreadable');
      return key === null ? [] : [{ key, their: { source, row, refused: refusal?.text ?? null } }];
    });
    if (all.length >= REFUSED_ROWS_MIN && refusals.length > all.length / 2)
      throw new DragomanError(
        'RECONCILE_SCHEMA',
        `Most rows of ${whole.asked.name} (${source}) are not as the rules declare them; the first: ${refusals[0] ?? ''} Nothing is reported of them. ` +
          'Declare the columns as the database has them, or give the right database (reconcile.databases).',
      );
    const candidates: Candidate[] = [];
    for (const { is } of await this.#judge.there(definition, rows)) {
      if (typeof is === 'object') candidates.push(is);
      else if (is !== 'same') count(counts, is);
    }
    return { candidates, counts };
  }

  async *#states(at: Extract<Position, { readonly shard: number }> | null): AsyncIterable<Chunk> {
    for (const [number, shard] of this.#ports.shards.entries()) {
      if (at !== null && number < at.shard) continue;
      let from = at?.shard === number ? at.from : null;
      for (;;) {
        const { hashes, next } = await this.#scanned(shard, from);
        const found = await this.#extra(hashes, number === 0);
        from = next;
        const [is, place] = next === null ? [number + 1, null] : [number, next];
        const isEnd = is >= this.#ports.shards.length;
        yield { position: this.#placeOf({ scope: this.#scope, shard: isEnd ? number : is, from: place }), ...found };
        if (next === null) break;
      }
    }
  }

  /** The place of a scan means something to one server only: where another one answers, the shard is begun anew. */
  async #scanned(shard: ShardStates, from: string | null): Promise<ScannedHashes> {
    try {
      return await shard.at((store, marker) => store.scan(marker, from));
    } catch (error) {
      if (from === null || !(error instanceof DragomanError) || error.code !== 'MARKER_MOVED') throw error;
      return shard.at((store, marker) => store.scan(marker, null));
    }
  }

  async #extra(hashes: ScannedHashes['hashes'], withLookups: boolean): Promise<Omit<Chunk, 'position'>> {
    const counts: Record<string, number> = {};
    const byTable = new Map<CheckedTable, Stored[]>();
    let rows = 0;
    for (const [hash, fields] of hashes) {
      if (!withLookups && aggregateRef(hash).aggregate.startsWith('@')) continue;
      const why = notComparedAt(fields.get('') ?? '');
      if (why !== null) count(counts, `${why}Aggregates`);
      else
        for (const row of this.#storedIn(hash, fields)) {
          rows += 1;
          const known = byTable.get(row.table);
          if (known === undefined) byTable.set(row.table, [row]);
          else known.push(row);
        }
    }
    const candidates: Candidate[] = [];
    for (const [table, all] of byTable)
      for (let i = 0; i < all.length; i += CHUNK_ROWS)
        candidates.push(...(await this.#notFound(table, all.slice(i, i + CHUNK_ROWS), counts)));
    return { looked: Math.ceil(rows / KEYS_A_ROW), candidates, counts };
  }

  *#storedIn(hash: string, fields: Fields): Iterable<Stored> {
    for (const [field, text] of fields) {
      if (!field.startsWith('r')) continue;
      const tab = field.indexOf('\t');
      const [table, key] = [this.#tables.get(field.slice(1, tab)), field.slice(tab + 1)];
      if (table !== undefined && unreadRow(key) === null) yield { table, key, hash, text };
    }
  }

  async #notFound(table: CheckedTable, rows: readonly Stored[], counts: Record<string, number>): Promise<Candidate[]> {
    const { found, unasked } = await rowsWith(table, [...new Set(rows.map(({ key }) => key))], 'keys');
    const candidates: Candidate[] = [];
    for (const { key, hash, text } of rows) {
      if (unasked.has(key)) count(counts, 'notLookedFor');
      else if (!found.has(key)) {
        const source = table.parts[0]?.source ?? '';
        candidates.push(await this.#judge.extra(table.definition, { key, hash, source, text }));
      }
    }
    return candidates;
  }

  async again(refs: readonly DiscrepancyRef[], signal: AbortSignal): Promise<readonly Again[]> {
    const tables = refs.map(({ subject }) => this.#tables.get(subject.table ?? ''));
    const sources = new Set(tables.flatMap((table) => table?.parts.map(({ source }) => source) ?? []));
    const settled = await this.#settling.settled(sources, signal);
    const answers = new Map<DiscrepancyRef, Again>();
    for (const table of new Set(tables)) {
      const own = refs.filter((_, i) => tables[i] === table);
      const isSettled = table?.parts.every(({ source }) => settled.has(source)) === true;
      if (table !== undefined && isSettled) await this.#lookAgain(table, own, answers);
      else for (const ref of own) answers.set(ref, table === undefined ? 'unknown' : 'inFlight');
    }
    return refs.map((ref) => answers.get(ref) ?? 'unknown');
  }

  async #lookAgain(
    table: CheckedTable,
    refs: readonly DiscrepancyRef[],
    answers: Map<DiscrepancyRef, Again>,
  ): Promise<void> {
    const { definition } = table;
    const keys = [...new Set(refs.map(({ subject }) => subject.row ?? ''))];
    const { found, unasked } = await rowsWith(table, keys, 'whole');
    const judged = await this.#judge.there(definition, [...found].map(([key, their]) => ({ key, their }))); // prettier-ignore
    for (const ref of refs) {
      const { row: key = '', source = '' } = ref.subject;
      if (unasked.has(key)) answers.set(ref, 'unknown');
      else if (!found.has(key)) answers.set(ref, await this.#judge.absent(definition, ref, source));
      else answers.set(ref, againOf(judged, key, ref.aggregate));
    }
  }

  readonly notices = (): readonly string[] => [
    ...[...this.#left].map(([table, why]) => `not compared: ${table}: ${why}`),
    ...[...this.#settling.quiet].map(
      (source) =>
        `${source} counts as settled because nothing came of it for ${QUIET_MS / 1_000} s: its log went on without rows`,
    ),
  ];

  async close(): Promise<void> {
    await Promise.all(this.#ports.databases.map(({ rows }) => rows.end()));
  }
}

/** The next rows are asked for while these are looked at. */
async function* walked({ rows, whole: { asked } }: TablePart, from: readonly string[] | null) {
  let next: Promise<readonly WalkedRow[]> | null = rows.after(asked, from, CHUNK_ROWS);
  while (next !== null) {
    const found: readonly WalkedRow[] = await next;
    const last = found.at(-1);
    next = last === undefined || found.length < CHUNK_ROWS ? null : rows.after(asked, last.place, CHUNK_ROWS);
    next?.catch(() => undefined); // told when it is waited for
    if (last !== undefined) yield found;
  }
}

interface Stored {
  readonly table: CheckedTable;
  readonly key: string;
  readonly hash: string;
  readonly text: string;
}

function againOf(judged: readonly Judged[], key: string, aggregate: string): Again {
  const own = judged.find((one) => one.key === key && one.aggregate === aggregateOfHolder(aggregate));
  if (own === undefined || own.is === 'same') return 'settled';
  return typeof own.is === 'object' ? own.is : 'unknown';
}

const SCOPE_CHARS_MAX = 500;

function count(counts: Record<string, number>, word: string): void {
  counts[word] = (counts[word] ?? 0) + 1;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
