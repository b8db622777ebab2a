/** Rows of the database against what is stored of them: each is the same, is not compared, or looks wrong. */
import { createHash } from 'node:crypto';
import {
  discrepancyId,
  type DiscrepancyClass,
  type DiscrepancyRef,
  rowSubject,
  type Severity,
} from '../../domain/reconciliation/discrepancy.js';
import { aggregateRef } from '../../domain/state/aggregate-state.js';
import { aggregateOfHolder, lookupText } from '../../domain/tables/feed.js';
import type { Row, TableDefinition } from '../../domain/tables/table.js';
import type { Fields } from '../../pipeline/ports.js';
import type { CompiledRules } from '../../rules/compile.js';
import { evidenceOf } from '../cut.js';
import type { Candidate } from '../ports.js';
import { classOfColumn, differingColumns, shownOf } from './compare.js';
import { type NotCompared, type Ours, type OurRow, ourRow } from './ours.js';
import type { TheirRow } from './tables.js';

export const SOURCE_CHECK = 'source';

/** A row in one of the places where it belongs. */
export interface Judged {
  readonly key: string;
  /** First name of the aggregate; '' of a lookup table. */
  readonly aggregate: string;
  readonly is: 'same' | NotCompared | Candidate;
}

interface Sides {
  readonly key: string;
  readonly hash: string;
  readonly source: string;
  readonly ours: Row | null;
  readonly theirs: TheirRow | null;
}

export class Judge {
  readonly #ours: Ours;
  readonly #rules: CompiledRules;

  constructor(ours: Ours, rules: CompiledRules) {
    this.#ours = ours;
    this.#rules = rules;
  }

  /** Rows that the database has. */
  async there(
    definition: TableDefinition,
    rows: readonly { readonly key: string; readonly their: TheirRow }[],
  ): Promise<Judged[]> {
    const table = definition.name;
    const places = await this.#ours.placesOf(table, rows.map(({ key, their: { row } }) => ({ key, row }))); // prettier-ignore
    const hashes = new Set(places.flatMap((all) => all.flatMap(({ hash }) => hash ?? [])));
    const stored = await this.#ours.load([...hashes]);
    const judged: Judged[] = [];
    for (const [i, { key, their }] of rows.entries())
      for (const { feed, hash } of places[i] ?? []) {
        const fields = hash === null ? undefined : stored.get(hash);
        const ours = fields === undefined ? UNOWNED : ourRow(fields, table, key);
        const is = await this.#compared(definition, { key, hash: hash ?? '', their, ours });
        judged.push({ key, aggregate: feed?.aggregate ?? '', is });
      }
    return judged;
  }

  async #compared(
    definition: TableDefinition,
    { key, hash, their, ours }: { key: string; hash: string; their: TheirRow; ours: OurRow },
  ): Promise<Judged['is']> {
    if (ours.is === 'notCompared') return ours.why;
    const { source, refused } = their;
    const sides = { key, hash, source, theirs: their };
    if (ours.is === 'absent') return this.#candidate('missing', definition, { ...sides, ours: null }, []);
    if (refused === null && ours.text === this.#ours.textOf(their.row)) return 'same';
    const row = await this.#ours.rowIn(hash, ours.text);
    const fields = differingColumns(definition, row, their.row);
    if (refused === null && fields.length === 0) return 'same';
    return this.#candidate('different', definition, { ...sides, ours: row }, fields);
  }

  /** A row that is stored, and that the database does not have. @param text of the row. */
  async extra(
    definition: TableDefinition,
    row: { key: string; hash: string; source: string; text: string },
  ): Promise<Candidate> {
    const ours = await this.#ours.rowIn(row.hash, row.text);
    return this.#candidate('extra', definition, { ...row, ours, theirs: null }, []);
  }

  /** What is stored of a row that the database does not have, where it was found before. */
  async absent(
    definition: TableDefinition,
    ref: DiscrepancyRef,
    source: string,
  ): Promise<Candidate | 'settled' | 'unknown'> {
    const { row: key = '' } = ref.subject;
    const hash = ref.aggregate === '' ? lookupText(definition.name, key) : `${ref.aggregate}:${ref.businessKey}`;
    const fields: Fields = (await this.#ours.load([hash])).get(hash) ?? new Map();
    const ours = ourRow(fields, definition.name, key);
    if (ours.is === 'notCompared') return 'unknown';
    return ours.is === 'absent' ? 'settled' : this.extra(definition, { key, hash, source, text: ours.text });
  }

  #candidate(is: DiscrepancyClass, definition: TableDefinition, sides: Sides, fields: readonly string[]): Candidate {
    const { key, hash, source, ours, theirs } = sides;
    const { aggregate, id } = aggregateRef(hash);
    const isOfLookup = aggregate.startsWith('@');
    const owner = isOfLookup ? { aggregate: '', businessKey: '' } : { aggregate, businessKey: id };
    const isShared = (this.#rules.feeds.get(definition.name)?.length ?? 0) > 1;
    const subject = { ...rowSubject(source, definition.name, key), ...(isShared ? { aggregate } : {}) };
    const severity: Severity = this.#rules.aggregates.get(aggregateOfHolder(aggregate))?.severity ?? 'none';
    const evidence = evidenceOf(
      {
        ...(ours === null ? {} : { ours: shownOf(ours, fields) }),
        ...(theirs === null
          ? {}
          : { theirs: theirs.refused === null ? shownOf(theirs.row, fields) : { refused: theirs.refused } }),
        fields,
      },
      classOfColumn(definition),
    );
    const seen = [ours, theirs === null ? null : [theirs.row, theirs.refused]];
    return {
      found: {
        ...{ id: discrepancyId(SOURCE_CHECK, subject), class: is, ...owner, subject },
        ...{ contract: null, severity, owner: '', evidence },
      },
      seen: createHash('sha1').update(JSON.stringify(seen)).digest('base64'),
    };
  }
}

const UNOWNED: OurRow = { is: 'notCompared', why: 'unowned' };
