/** A connection that the workload writes through, to whichever server. */
export interface Connection {
  /** Runs the statements in one round trip, up to the first that fails. @returns how many rows they have written. */
  run(statements: readonly string[]): Promise<number>;
  /** A deadlock and its like: the same transaction may well go through when tried again. */
  isRetriable(error: unknown): boolean;
  end(): Promise<void>;
}
