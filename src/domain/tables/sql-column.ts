/** A column of a table as the database itself has it, as far as its values are told by it. */
export interface SqlColumn {
  readonly name: string;
  /** `pg_type.typname` of PostgreSQL (of a domain: what it is based on), `DATA_TYPE` of MySQL and MariaDB: `int8`, `bpchar`, `datetime`. */
  readonly sqlType: string;
  readonly isNullable: boolean;
}

/** Values of a row as the texts that the database gives for them, in the order asked for. */
export type SqlTexts = readonly (string | null)[];
