/** What a run needs of a legacy database, whichever server it is on: to set it up, to write to it, to know the truth about it. */
import type { Expectation } from '../../legacy-db/oracle/expected-events.js';
import type { Endpoints } from '../stack/provider.js';

/** What is the same for every source: Kafka, the worker, Redis. */
export type CommonEndpoints = Pick<Endpoints, 'kafka' | 'connect' | 'redis'>;

/** What of the committed history was shown to Dragoman, in numbers of {@link LegacySource.commitNumber}. */
export interface Streamed {
  /** The first streamed commit; those before it are what the first snapshot saw. */
  readonly first: bigint;
  /** Commits between these two, both left out, were streamed by no connector. */
  readonly gap?: { readonly after: bigint; readonly before: bigint };
}

/** Each connector of one source has its own; all have the same topic.prefix. */
export interface ConnectorNames {
  /** topic.prefix */
  readonly prefix: string;
  /** Number of the connector: 1, 2 ... */
  readonly index: number;
}

export interface LegacySource {
  /** Dragoman's name for the connector, as its config has it. */
  readonly kind: 'postgresql' | 'mariadb';
  /** For the workload. */
  readonly url: string;
  /** The oracle can tell where in the log a transaction stands, in the words of Dragoman. */
  readonly knowsPlaces: boolean;
  /** Folder of the rules. */
  readonly rules: string;
  /** Database with schema, and whatever the truth is taken from. */
  install(): Promise<void>;
  /** Runs SQL on a connection of its own. */
  run(...statements: readonly string[]): Promise<void>;
  /** The first value of the first row. */
  value(sql: string): Promise<string | null | undefined>;
  connectorConfig(names: ConnectorNames, properties: Readonly<Record<string, string>>): Record<string, string>;
  /** After its connector is gone: what that leaves behind in the server. */
  forgetConnector(index: number): Promise<void>;
  /** Id of an END record -> place of the commit, growing from one to the next. */
  commitNumber(endId: string): bigint;
  /** Of the last transaction that changed an order. */
  lastCommit(): Promise<bigint>;
  /** The oracle; the database is quiet. */
  expectation(streamed: Streamed): Promise<Expectation>;
  remove(): Promise<void>;
}

export const ORDER_TABLES = ['ord_hdr', 'ord_line', 'pay_txn', 'whs_rel', 'ord_cancel', 'cust_addr'] as const;
