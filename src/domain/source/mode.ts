/**
 * How the transactions of a source are rebuilt (`sequence/SPEC.md`): from Debezium's transaction metadata, from the positions of
 * rows, or not at all.
 */
export type Mode = 'exact' | 'position' | 'arrival';
