/** Recorded records of each kind as templates: generated histories only edit what these say, so no shape is invented. */
import type { Row } from '../../../legacy-db/oracle/history.js';
import { KEYS } from '../../model/history.js';
import { envelopeOf, readRecording, type RecordedRecord } from '../recordings.js';
import type { TableName } from './database.js';

export type Json = Record<string, unknown>;

/** Topic prefix of a connector in the recordings, and where its templates are found. */
export interface TemplateSource {
  readonly prefix: string;
  readonly recordings: readonly string[];
}

export const POSTGRES: TemplateSource = {
  prefix: 'legacy',
  recordings: ['01-lifecycle', '03-toast', '04-key-change', '08-incremental-snapshot', '13-logical-message'].map(
    (name) => `postgres/${name}`,
  ),
};

export const MARIADB: TemplateSource = {
  prefix: 'shop',
  recordings: ['mariadb/01-lifecycle', 'mariadb/06-replay'],
};

export class Templates {
  readonly prefix: string;
  readonly #records: readonly RecordedRecord[];
  readonly #found = new Map<string, RecordedRecord | null>();

  constructor({ prefix, recordings }: TemplateSource) {
    this.prefix = prefix;
    this.#records = recordings.flatMap(readRecording);
  }

  /** A row of a table with this operation; `snapshot` is what `source.snapshot` starts with. Of another table if none was recorded. */
  row(table: TableName, op: string, snapshot: string, isKeyChange = false): RecordedRecord {
    const isFit = (record: RecordedRecord): boolean => {
      if (record.value === null || !record.topic.startsWith(`${this.prefix}.oms.`)) return false;
      const header = op === 'd' ? '__debezium.newkey' : '__debezium.oldkey';
      const { op: found, source } = envelopeOf(record);
      const ownHeader = header in record.headers;
      return found === op && String(source.snapshot).startsWith(snapshot) && ownHeader === isKeyChange;
    };
    const own = this.#find(`${table} ${op} ${snapshot} ${isKeyChange}`, (record) =>
      record.topic === `${this.prefix}.oms.${table}` ? isFit(record) : false,
    );
    const any = own ?? this.#find(`${op} ${snapshot} ${isKeyChange}`, isFit) ?? this.row(table, op, snapshot, true);
    return any;
  }

  /** Columns of a table as they are written. */
  after(table: TableName): Json {
    const { after } = envelopeOf(this.row(table, 'c', 'false'));
    const isLong = (value: unknown): boolean => typeof value === 'string' && value.length > 100;
    return Object.fromEntries(
      Object.entries({ ...after }).map(([name, value]) => [name, isLong(value) ? null : value]),
    );
  }

  boundary(status: 'BEGIN' | 'END'): RecordedRecord {
    return this.#must(status, (record) => {
      if (record.topic !== `${this.prefix}.transaction` || record.value === null) return false;
      return envelopeOf(record).status === status;
    });
  }

  /** A logical message outside of transactions. */
  mark(): RecordedRecord {
    return this.#must('mark', (record) => {
      if (record.topic !== `${this.prefix}.message` || record.value === null) return false;
      return envelopeOf(record).transaction === null;
    });
  }

  /** One inside of a transaction: prefix `oms.audit`, content `{"user":"mia","reason":"phone call"}`. */
  annotation(): RecordedRecord {
    return this.#must('annotation', (record) => {
      if (record.topic !== `${this.prefix}.message` || record.value === null) return false;
      return envelopeOf(record).transaction !== null;
    });
  }

  /** A row of the signal table, which is captured but not consumed. */
  signal(): RecordedRecord {
    return this.#must('signal', ({ topic, value }) => topic === `${this.prefix}.oms.dbz_signal` && value !== null);
  }

  #must(name: string, isFit: (record: RecordedRecord) => boolean): RecordedRecord {
    const found = this.#find(name, isFit);
    if (found === null) throw new RangeError(`no record of kind ${name} was recorded`);
    return found;
  }

  #find(name: string, isFit: (record: RecordedRecord) => boolean): RecordedRecord | null {
    let found = this.#found.get(name);
    if (found === undefined) this.#found.set(name, (found = this.#records.find(isFit) ?? null));
    return found;
  }
}

const NUMBERS = new Set(['ord_no', 'line_no', 'qty', 'pay_id', 'rel_no', 'req_no', 'doc_id']);
/** Written as a JSON number of any length: see {@link jsonText}. */
const digits = (text: string): string => `@@${text}`;

/** The wire form of a row: the recorded columns with the values of this row. */
export function wireRow(after: Json, row: Row): Json {
  const wire: Json = { ...after };
  for (const [column, value] of Object.entries(row)) {
    if (column === 'req_ts' && value !== null) wire[column] = digits(String(BigInt(Date.parse(value)) * 1000n + 623n));
    else wire[column] = value !== null && NUMBERS.has(column) ? digits(value) : value;
  }
  return wire;
}

/** The row of a `d` under the default replica identity: its key, and invented values (recordings, fact 16). */
export function wireDeleted(after: Json, table: TableName, row: Row): Json {
  const keys = KEYS[table] ?? [];
  return Object.fromEntries(
    Object.entries(after).map(([column, value]) => {
      if (keys.includes(column)) return [column, wireRow({}, { [column]: row[column] ?? null })[column]];
      return [column, typeof value === 'string' ? '' : typeof value === 'number' ? 0 : null];
    }),
  );
}

export const wireKey = (table: TableName, row: Row): Json =>
  wireRow({}, Object.fromEntries((KEYS[table] ?? []).map((column) => [column, row[column] ?? null])));

/** JSON in which numbers that JavaScript cannot hold keep their digits. */
export const jsonText = (value: unknown): string => JSON.stringify(value).replace(/"@@(\d+)"/g, '$1');
