/** What keeps the history of an aggregate together (T15 of `src/pipeline/SPEC.md`), taken out. */
import type { Mutant } from './mutant.js';
import { NOT_COMPARED } from './state.js';

export const JOURNAL_MUTANTS: readonly Mutant[] = [
  {
    rule: 'T15',
    name: 't15-chain-lost-on-restore',
    histories: 'whole',
    what: 'a state that comes out of the store, as after a restore, does not know its entries any more',
    patches: [
      {
        file: 'src/pipeline/state/parts.ts',
        find: 'const { fired: happenedOnce, parked, snapshots, ...rest } = JSON.parse(text) as Memory;',
        replace:
          'const { fired: happenedOnce, parked, snapshots, journal: lost, ...rest } = JSON.parse(text) as Memory;',
      },
    ],
  },
  {
    rule: 'T15',
    name: 't15-chain-from-progress',
    histories: 'whole',
    what: 'a new owner takes for the ends of state and journal what the last progress says, and nobody compares',
    patches: [
      {
        file: 'src/pipeline/task.ts',
        find: 'await this.#memory.reset(recovered.marker, recovered.ends);',
        replace: 'await this.#memory.reset(recovered.marker, recovered.progress?.ends ?? recovered.ends);',
      },
      NOT_COMPARED,
    ],
  },
];
