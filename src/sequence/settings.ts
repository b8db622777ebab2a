import type { Mode } from '../domain/source/mode.js';
import type { Frontier } from './frontier/frontier.js';
import type { KnowledgeSettings } from './snapshots/knowledge.js';

export interface SequencerSettings {
  readonly source: string;
  readonly mode: Mode;
  /** Partition of the transaction topic: it has exactly one. Null in modes without it. */
  readonly transactionPartition: string | null;
  /** Partitions of each consumed table. */
  readonly partitionsByTable: ReadonlyMap<string, readonly string[]>;
  /** Partitions of the topic of logical messages; empty when there is none. */
  readonly messagePartitions: readonly string[];
  readonly frontier: Frontier;
  /** Rows of one open transaction held in memory. */
  readonly transactionRowsMax: number;
  /** Rows held in memory over all open transactions before partitions that run ahead are left unread. */
  readonly heldRowsMax: number;
  /** `report` goes on over a break in the chain of transactions (non-transactional logical messages make some). */
  readonly gaps: 'refuse' | 'report';
  /** Told of each transaction that is passed because no row of it is consumed, after everything before it was handed on. */
  readonly onPassed?: (commitTimeMs: number) => void;
  /** Absent: everything is known, and facts are decided from the first transaction on. */
  readonly knowledge?: KnowledgeSettings;
}
