/** A rule taken out of the code. */
export interface Patch {
  /** Path in the repository. */
  readonly file: string;
  /** Is there exactly once. */
  readonly find: string;
  readonly replace: string;
}

export interface Mutant {
  readonly rule:
    | `R${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11}`
    | 'T2'
    | 'T5'
    | 'T7'
    | 'T8'
    | 'T10'
    | 'T15'
    | 'T17'
    | 'T18'
    | 'T19'
    | 'T20'
    | 'T21'
    | 'T22'
    | 'V1'
    | `W${1 | 2}`;
  readonly name: string;
  /** What the code does instead. */
  readonly what: string;
  /** Which histories show it soonest: whole pipelines, those whose rules look up, or are kept by orders, or wait for something, or in which routes move, or writers that count (`kafka/counting.ts`). */
  readonly histories: 'whole' | 'looking' | 'pinning' | 'awaiting' | 'routes' | 'counting';
  /** The kind of blow that shows it soonest (`nemesis.ts`); of whole pipelines. */
  readonly blow?: string;
  /** Of the pipeline; one when nothing is said. */
  readonly shards?: number;
  /** A history that showed it, where it was not the first. Another one may have to be searched for when the code has changed. */
  readonly seed?: number;
  readonly patches: readonly Patch[];
}
