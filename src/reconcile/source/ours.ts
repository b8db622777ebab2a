/**
 * What is stored of rows, without putting states together: of an aggregate the part of its memory that says whether it is to be compared, and of a
 * row its text (`pipeline/state/parts.ts`). Equal rows have equal texts, so most are never parsed.
 */
import { namedOwner, ownerOf, parentKey, rowKey } from '../../changeset/owners.js';
import { idInPrimaryKey } from '../../changeset/aggregate-key.js';
import { ownsId } from '../../domain/shard.js';
import { aggregateRef, type AggregateState } from '../../domain/state/aggregate-state.js';
import { unreadKey } from '../../domain/state/unread-row.js';
import { type Feed, lookupText } from '../../domain/tables/feed.js';
import type { Row } from '../../domain/tables/table.js';
import { invariant } from '../../invariant.js';
import { COLUMNS, ROWS } from '../../pipeline/state/cells.js';
import { ColumnLists, rowOf, rowText, type StoredRow } from '../../pipeline/state/column-lists.js';
import { loadAll } from '../../pipeline/state/cutting.js';
import type { Fields } from '../../pipeline/ports.js';
import { StoredStates } from '../../pipeline/state/stored-states.js';
import type { CompiledRules } from '../../rules/compile.js';
import type { ShardStates } from './ports.js';

/**
 * Why a row is not compared. `parked`: its aggregate is. `retired`: it is, or came back and does not know this table. `unsettled`: a snapshot is not
 * compared yet, or did not show the row. `unread`: a change of the row could not be read. `unowned`: it names no aggregate.
 */
export type NotCompared = 'parked' | 'retired' | 'unsettled' | 'unread' | 'unowned';

export type OurRow =
  | { readonly is: 'there'; readonly text: string }
  | { readonly is: 'absent' }
  | { readonly is: 'notCompared'; readonly why: NotCompared };

const ABSENT: OurRow = { is: 'absent' };
const notCompared = (why: NotCompared): OurRow => ({ is: 'notCompared', why });

/** Cells of one aggregate -> one of its rows. Pure. */
export function ourRow(fields: Fields, table: string, key: string): OurRow {
  const memory = fields.get('');
  if (memory === undefined) return ABSENT;
  const why = notComparedAt(memory);
  if (why !== null) return notCompared(why);
  const text = fields.get(`r${table}\t${key}`);
  if (text !== undefined) return { is: 'there', text };
  if (fields.has(`r${table}\t${unreadKey(key)}`)) return notCompared('unread');
  if (fields.has(`v${table}\t${key}`)) return notCompared('unsettled');
  return forgottenIn(memory).includes(table) ? notCompared('retired') : ABSENT;
}

/** Of a whole aggregate, by its memory. Texts inside of it have their quotes escaped, so none is taken for a name. Pure. */
export function notComparedAt(memory: string): NotCompared | null {
  if (memory.startsWith('[')) return 'retired';
  if (memory.includes('"parked":{')) return 'parked';
  return memory.includes('"stages":[') ? 'unsettled' : null;
}

const forgottenIn = (memory: string): readonly string[] =>
  memory.includes('"forgotten":[') ? ((JSON.parse(memory) as AggregateState).forgotten ?? []) : [];

/** A row of the database, and where it belongs. */
export interface Placed {
  /** Null: it is of a lookup table. */
  readonly feed: Feed | null;
  /** `order:4711`, or what a lookup table's row is kept in; null: it names no aggregate. */
  readonly hash: string | null;
}

export class Ours {
  readonly #shards: readonly ShardStates[];
  readonly #rules: CompiledRules;
  readonly #qualifier: string | null;
  /** By shard. */
  readonly #lists = new Map<number, { readonly stored: ReadonlyMap<string, string>; readonly lists: ColumnLists }>();
  readonly #written = new ColumnLists();

  constructor(shards: readonly ShardStates[], rules: CompiledRules, qualifier: string | null) {
    this.#shards = shards;
    this.#rules = rules;
    this.#qualifier = qualifier;
  }

  /** Where rows of one table belong by their columns, or, as the row index has it, where they are known to be. In the order of the rows. */
  async placesOf(table: string, rows: readonly { readonly row: Row; readonly key: string }[]): Promise<Placed[][]> {
    const places: Placed[][] = rows.map(() => []);
    if (this.#rules.lookups.has(table))
      for (const [i, { key }] of rows.entries()) places[i]?.push({ feed: null, hash: lookupText(table, key) });
    for (const feed of this.#rules.feeds.get(table) ?? []) {
      const hashes =
        feed.keyPlaces === null ? await this.#indexed(feed, rows) : rows.map(({ key }) => this.#direct(feed, key));
      for (const [i, hash] of hashes.entries()) places[i]?.push({ feed, hash });
    }
    return places;
  }

  #direct({ aggregate, keyPlaces }: Feed, key: string): string | null {
    const id = idInPrimaryKey(key, keyPlaces ?? [], this.#qualifier);
    return id === null ? null : `${aggregate}:${id}`;
  }

  async #indexed(feed: Feed, rows: readonly { readonly row: Row; readonly key: string }[]): Promise<(string | null)[]> {
    const index = new Map<string, string | null>();
    const know = async (keys: readonly string[]): Promise<void> => {
      const asked = [...new Set(keys)].filter((key) => !index.has(key));
      const owners = await this.#owners(asked);
      for (const [i, key] of asked.entries()) index.set(key, owners[i] ?? null);
    };
    await know(rows.map(({ key }) => rowKey(feed, key)));
    const entries = rows.map(({ row, key }) => index.get(rowKey(feed, key)) ?? namedOwner(row, feed, this.#qualifier));
    let level = entries.filter((entry) => entry !== null);
    for (let { via } = feed; via !== null; { via } = via) {
      const parent: Feed = via;
      const keys = level.flatMap((entry) => {
        const key = parentKey(entry, parent);
        return key === null ? [] : [rowKey(parent, key)];
      });
      await know(keys);
      level = keys.flatMap((key) => index.get(key) ?? []);
    }
    return entries.map((entry) => (entry === null ? null : ownerOf(entry, feed, index)));
  }

  /** Each shard keeps the owners of all rows whose key does not tell them. */
  async #owners(rowKeys: readonly string[]): Promise<readonly (string | null)[]> {
    const [shard] = this.#shards;
    if (shard === undefined || rowKeys.length === 0) return [];
    return shard.at((store, marker) => loadAll(rowKeys, (keys) => store.loadFields(marker, ROWS, keys)));
  }

  /** Cells of aggregates, by hash; of one that is not there, none. */
  async load(hashes: readonly string[]): Promise<ReadonlyMap<string, Fields>> {
    const found = new Map<string, Fields>();
    for (const shard of this.#shards) {
      const own = hashes.filter((hash) => this.shardOf(hash) === shard);
      for (let i = 0; i < own.length; i += HASHES_A_CALL) {
        const some = own.slice(i, i + HASHES_A_CALL);
        const all = await shard.at((store, marker) => loadAll(some, (names) => store.load(marker, names)));
        for (const [at, hash] of some.entries()) found.set(hash, all[at] ?? NOTHING);
      }
    }
    return found;
  }

  /** Rows of lookup tables are in each; the first one's are looked at. */
  shardOf(hash: string): ShardStates {
    const { id, aggregate } = aggregateRef(hash);
    const shard = aggregate.startsWith('@') ? this.#shards[0] : this.#shards.find((one) => ownsId(one.shard, id));
    invariant(shard !== undefined, 'every aggregate has a shard that owns it', { hash });
    return shard;
  }

  /** As the text of a row with these values is stored. */
  readonly textOf = (row: Row): string => rowText(row, this.#written);

  async rowIn(hash: string, text: string): Promise<Row> {
    const [id] = JSON.parse(text) as StoredRow;
    return rowOf(text, await this.#listsOf(this.shardOf(hash), id));
  }

  /** @param needed a list that has to be among them: they are read again when it is not, because it may be new. */
  async #listsOf(shard: ShardStates, needed: string): Promise<ColumnLists> {
    const known = this.#lists.get(shard.shard.index);
    if (known?.stored.has(needed) === true) return known.lists;
    const stored = await shard.at(async (store, marker) => {
      const all = new Map<string, string>();
      for await (const fields of new StoredStates(store).fields(marker, COLUMNS))
        for (const [id, text] of fields) all.set(id, text);
      return all;
    });
    const lists = new ColumnLists();
    lists.reset(stored);
    this.#lists.set(shard.shard.index, { stored, lists });
    return lists;
  }
}

const NOTHING: Fields = new Map();
/** Nobody else is answered by Redis meanwhile. */
const HASHES_A_CALL = 250;
