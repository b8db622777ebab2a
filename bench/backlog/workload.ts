/**
 * What one kind of backlog is: which database, who writes into it, which events must come of it. All kinds are made, kept, loaded and
 * measured in the same way.
 */
import type { NaiveFacts } from './naive-scan.js';

export type WorkloadKind = 'retailer' | 'tpcc';

export interface Workload {
  readonly kind: WorkloadKind;
  /** Of the folder, without the digest: tells size and shape. */
  readonly name: string;
  /** That the connector reads, with their schema. */
  readonly tables: readonly string[];
  /** Another content of these files makes another backlog. */
  readonly madeOf: readonly URL[];
  /** The database with its schema. @returns rows in these tables: those of the connector's snapshot. */
  readonly install: (url: string) => Promise<number>;
  /** Writes while the connector streams. */
  readonly fill: (url: string) => Promise<Filled>;
  readonly facts: NaiveFacts;
  /** Folder of the rules that it is measured with, whichever the checkout; null: each checkout has its own. */
  readonly rules: string | null;
}

/** What was committed while the connector streamed. */
export interface Filled {
  readonly rows: number;
  readonly transactions: number;
}
