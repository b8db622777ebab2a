/** What every run is given. */
import type { Stack } from '../stack/stack.js';
import type { Cleanup } from './cleanup.js';

/** A stack with whichever legacy databases. */
export type CommonStack = Stack<'kafka' | 'connect' | 'redis'>;

export interface RunTools<S extends CommonStack = Stack> {
  readonly stack: S;
  /** Config and logs go there. */
  readonly directory: string;
  readonly cleanup: Cleanup;
  readonly say: (line: string) => void;
  /** The stack is taken down after the run, and with it everything that is in it. */
  readonly stackGoesToo: boolean;
}
