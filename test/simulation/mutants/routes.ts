/** What keeps routes, their fence and what services tell together (T22; W1 and W2 of `src/pipeline/routes/standing.ts`, V1 of `src/translate/publish/owners.ts`), taken out. */
import type { Mutant } from './mutant.js';

const ROUTES = 'src/pipeline/routes/routes.ts';
const STEPS = 'src/pipeline/write/route-steps.ts';
const WRITER = 'src/pipeline/write/writer.ts';
const TOLD = 'src/pipeline/told/told-input.ts';

export const ROUTES_MUTANTS: readonly Mutant[] = [
  {
    rule: 'W1',
    name: 'w1-fence-after-stage',
    histories: 'routes',
    what: 'handover records are written in the Kafka transaction after the one that changes the stage',
    patches: [
      {
        file: STEPS,
        find: 'if (carried === null) return null;',
        replace:
          'const late = this.late;\n    this.late = carried?.records;\n' +
          '    if (carried === null) return late === undefined ? null : { ...nothingBut(memory), records: late };',
      },
      { file: STEPS, find: 'records: carried.records };', replace: 'records: late ?? [] };' },
    ],
  },
  {
    rule: 'W1',
    name: 'w1-stage-after-fence',
    histories: 'routes',
    what: 'the progress with the new stage is written one Kafka transaction after the handover records',
    patches: [
      {
        file: WRITER,
        find: '...(ownership === undefined ? {} : { ownership }),',
        replace: '...(this.stood === undefined ? {} : { ownership: this.stood }), ...((this.stood = ownership), {}),',
      },
    ],
  },
  {
    rule: 'W1',
    name: 'w1-at-once',
    histories: 'routes',
    what: 'a move is carried out as soon as its command is read, whatever its instant',
    patches: [
      { file: ROUTES, find: 'Math.min(next ?? Infinity, Date.parse(at))', replace: '0' },
      { file: ROUTES, find: 'Date.parse(at) <= clockMs', replace: 'at !== null' },
    ],
  },
  {
    rule: 'W2',
    name: 'w2-one-partition',
    histories: 'routes',
    seed: 33,
    what: 'a route is handed over when the first partition has its record',
    patches: [
      {
        file: TOLD,
        find: 'return all.every((partition) =>',
        replace: 'return all.some((partition) =>',
      },
    ],
  },
  {
    rule: 'V1',
    name: 'v1-owner-lost-on-restore',
    histories: 'routes',
    seed: 13,
    what: 'a state that comes out of the store, as after a restore, does not know its owners any more',
    patches: [
      {
        file: 'src/pipeline/state/parts.ts',
        find: 'const { fired: happenedOnce, parked, snapshots, ...rest } = JSON.parse(text) as Memory;',
        replace:
          'const { fired: happenedOnce, parked, snapshots, owners: lost, ...rest } = JSON.parse(text) as Memory;',
      },
    ],
  },
  {
    rule: 'T22',
    name: 't22-echo-published',
    histories: 'routes',
    seed: 49,
    what: 'what a service has told is published when its rows come',
    patches: [
      {
        file: 'src/translate/publish/told-number.ts',
        find: 'told === undefined ? undefined : ownIn(told, contract, occurrence)',
        replace: 'undefined',
      },
    ],
  },
  {
    rule: 'T22',
    name: 't22-told-read-again',
    histories: 'routes',
    seed: 3,
    what: 'each owner of a pipeline reads contract topics from their beginning',
    patches: [
      {
        file: 'src/pipeline/told/told-inputs.ts',
        find: 'const known = inBounds(progress?.offsets ?? new Map<string, number>(), bounds);',
        replace: 'const known = new Map(partitions.map((name) => [name, 0]));',
      },
    ],
  },
  {
    rule: 'T22',
    name: 't22-marks-forgotten',
    histories: 'routes',
    seed: 13,
    what: 'the progress does not say where handover records stand',
    patches: [{ file: WRITER, find: '...(marks === undefined ? {} : { marks }),', replace: '' }],
  },
  {
    rule: 'T22',
    name: 't22-owed-twice',
    histories: 'routes',
    seed: 21,
    what: 'what a service owed is published, and stays owed',
    patches: [
      {
        file: 'src/translate/ownership/owed.ts',
        find: 'state = withoutOwed(state, owed.contract, owed.occurrence);',
        replace: '',
      },
    ],
  },
  {
    rule: 'T22',
    name: 't22-owed-overtaken',
    histories: 'routes',
    seed: 25,
    what: 'while a route comes back, what happens next is decided before what is owed',
    patches: [{ file: WRITER, find: 'if (this.#routeSteps.isOwing) return null;\n    const', replace: 'const' }],
  },
  {
    rule: 'T22',
    name: 't22-taken-unread',
    histories: 'routes',
    seed: 272,
    what: 'a route is taken from its service before everything that it told is read',
    patches: [
      {
        file: 'src/pipeline/commands/command-steps.ts',
        find: 'if (!told.isPast(ends)) return null;',
        replace: '',
      },
    ],
  },
];
