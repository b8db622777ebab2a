/** What the long run does: each kind again and again with new seeds, a slice of time after another. */
import fc from 'fast-check';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fuzzDecoding, samples } from '../fuzz/decoding.js';
import { fuzzNeighbours, type Sound, soundOf } from '../fuzz/neighbours.js';
import { lateCase } from '../property/late-beginning.js';
import { PROPERTIES, type PropertyName } from '../property/properties.js';
import { checkSmall, shapes, SMALL_ANSWERS } from '../property/small-cases.js';
import { choices } from '../support/choices.js';
import { delivery, ENDS, lives } from '../support/delivery/deliveries.js';
import { historyPlan, type PlanLimits } from '../support/history/plan.js';
import { expectRecordedOrder, RECORDED } from '../support/recorded/logs.js';
import { retailerRules } from '../support/rig.js';
import { everyChoice, smallPlan } from '../simulation/exhaustive.js';
import { simulate } from '../simulation/simulation.js';

export interface Slice {
  readonly executions: number;
  /** Each with the seed or the file that repeats it. */
  readonly findings: readonly string[];
}

export interface Kind {
  readonly name: string;
  /** Of the whole time. */
  readonly share: number;
  /** Goes on until `deadlineMs`, at least once. */
  readonly run: (seed: number, deadlineMs: number) => Promise<Slice>;
}

const CASES = fileURLToPath(new URL('../property/cases/', import.meta.url));

/** One property over random cases; what fails is shrunk and kept as a case for ever. */
function property(name: string, share: number, of: PropertyName, cases: fc.Arbitrary<unknown>): Kind {
  const holds = PROPERTIES[of] as (each: unknown) => unknown;
  const run = async (seed: number, deadlineMs: number): Promise<Slice> => {
    let executions = 0;
    const findings: string[] = [];
    const counted = fc.asyncProperty(cases, async (each) => {
      const done = await holds(each);
      executions += typeof done === 'number' ? done : 1;
    });
    for (let part = seed; ; part += 1) {
      const result = await fc.check(counted, {
        numRuns: 100,
        seed: part,
        interruptAfterTimeLimit: deadlineMs - Date.now(),
      });
      if (result.failed && result.counterexample !== null) {
        const file = `found-${of}-${part}.json`;
        const kept = { property: of, why: `${name}, seed ${part}`, case: result.counterexample[0] };
        writeFileSync(CASES + file, `${JSON.stringify(kept, null, 2)}\n`);
        findings.push(`test/property/cases/${file}: ${String(result.errorInstance)}`);
        break;
      }
      if (Date.now() >= deadlineMs) break;
    }
    return { executions, findings };
  };
  return { name, share, run };
}

const sequencing = (name: string, limits: PlanLimits): Kind =>
  property(`sequence: ${name}`, 0.06, 'sequencesAsOwed', fc.record({ plan: historyPlan(limits), delivery }));

const MARIADB_PLAN: PlanLimits = { stepsMax: 12, connector: 'mariadb', chunks: false };

const withoutMetadata = (name: string, limits: PlanLimits): Kind =>
  property(
    `position mode: ${name}`,
    0.04,
    'sequencesWithoutMetadata',
    fc.record({ plan: historyPlan(limits), delivery }),
  );

const history = historyPlan({ stepsMax: 14, unseen: true, crashes: ['replay', 'torn', 'recount'] });

const decoding: Kind = {
  name: 'fuzz: one record through decode',
  share: 0.22,
  run: (seed, deadlineMs) => {
    const all = samples();
    const random = choices(seed);
    const findings: string[] = [];
    let executions = 0;
    while (executions % 500 !== 0 || executions === 0 || Date.now() < deadlineMs) {
      const finding = fuzzDecoding(all, random);
      if (finding === 'nothing') continue;
      executions += 1;
      if (finding !== null && findings.length < FINDINGS_MAX)
        findings.push(`seed ${seed}, execution ${executions}: ${JSON.stringify(finding)}`);
    }
    return Promise.resolve({ executions, findings });
  },
};

const neighbours: Kind = {
  name: 'fuzz: one damaged record, whole pipeline',
  share: 0.22,
  run: async (seed, deadlineMs) => {
    const random = choices(seed);
    const findings: string[] = [];
    let executions = 0;
    const plans = fc.sample(historyPlan({ stepsMax: 8 }), { numRuns: 1_000, seed });
    for (const plan of plans) {
      let sound: Sound;
      try {
        sound = await soundOf(plan);
      } catch (error) {
        findings.push(`seed ${seed}, undamaged ${JSON.stringify(plan)}: ${String(error)}`);
        break;
      }
      for (let i = 0; i < 40; i += 1, executions += 1) {
        const finding = await fuzzNeighbours(sound, random);
        if (finding !== null && findings.length < FINDINGS_MAX)
          findings.push(`seed ${seed}: ${JSON.stringify(finding)}`);
      }
      if (Date.now() >= deadlineMs) break;
    }
    return { executions, findings };
  },
};

/** Three transactions, in an order of shapes that the seed chooses. */
const exhaustive: Kind = {
  name: 'exhaustive: three transactions, every order of reading',
  share: 0.12,
  run: (seed, deadlineMs) => {
    const all = shapes(3);
    const random = choices(seed);
    const findings: string[] = [];
    let executions = 0;
    do {
      const shape = all[Math.floor(random() * all.length)] ?? [];
      if (shape.flat().length > ROWS_MAX) continue;
      for (const answer of SMALL_ANSWERS) {
        try {
          executions += checkSmall({ shape, snapshot: [], answer }).orders;
        } catch (error) {
          findings.push(`${JSON.stringify({ shape, answer })}: ${String(error)}`);
        }
      }
    } while (Date.now() < deadlineMs);
    return Promise.resolve({ executions, findings });
  },
};

const recorded: Kind = {
  name: 'recordings: read in any order, cut and again',
  share: 0.08,
  run: (seed, deadlineMs) => {
    const findings: string[] = [];
    let executions = 0;
    do {
      for (const each of RECORDED) {
        try {
          executions += expectRecordedOrder(each, { seed: seed + executions, runs: 3 });
        } catch (error) {
          findings.push(`${each.name}, seed ${seed + executions}: ${String(error)}`);
        }
      }
    } while (Date.now() < deadlineMs);
    return Promise.resolve({ executions, findings });
  },
};

/** Whole processes in virtual time; at the default length at least ten thousand histories. */
const simulated: Kind = {
  name: 'simulation: random histories',
  share: 0.7,
  run: async (seed, deadlineMs) => {
    const rules = await retailerRules();
    const findings: string[] = [];
    let executions = 0;
    do {
      const one = seed * SEEDS_PER_ROUND + executions;
      const { violation } = await simulate({ seed: one, rules });
      if (violation !== null) findings.push(`npm run simulate -- --seed ${one}: ${violation}`);
      executions += 1;
    } while (Date.now() < deadlineMs && findings.length < FINDINGS_MAX);
    return { executions, findings };
  },
};

/** Every pair of faults in a small history, from a first one that the seed chooses. */
const simulatedPairs: Kind = {
  name: 'simulation: every two faults in a small history',
  share: 0.12,
  run: async (seed, deadlineMs) => {
    const rules = await retailerRules();
    const findings: string[] = [];
    let executions = 0;
    for await (const { violation, choices: faults } of everyChoice({ plan: smallPlan(3), rules }, true, seed)) {
      if (violation !== null) findings.push(`${JSON.stringify(faults)}: ${violation}`);
      executions += 1;
      if (Date.now() >= deadlineMs || findings.length >= FINDINGS_MAX) break;
    }
    return { executions, findings };
  },
};

const SEEDS_PER_ROUND = 1_000;
const FINDINGS_MAX = 5;
/** Orders grow with the factorial: some ten thousand of them for four rows beside six boundaries. */
const ROWS_MAX = 4;

export const KINDS: readonly Kind[] = [
  sequencing('replays', { stepsMax: 14 }),
  sequencing('counted anew', { stepsMax: 10, crashes: ['recount', 'recount', 'replay', 'torn'] }),
  sequencing('logical messages', { stepsMax: 12, marks: true }),
  sequencing('MariaDB', { ...MARIADB_PLAN, crashes: ['replay', 'torn', 'recount'] }),
  withoutMetadata('PostgreSQL', {
    stepsMax: 12,
    mode: 'position',
    snapshots: false,
    chunks: false,
    crashes: ['replay'],
  }),
  withoutMetadata('MariaDB', { ...MARIADB_PLAN, mode: 'position', crashes: ['replay'] }),
  sequencing('long', { stepsMax: 60, crashes: ['replay', 'torn', 'recount'] }),
  property('pipeline: any lives', 0.04, 'publishesAsOwed', fc.record({ plan: history, lives: lives([]) })),
  property(
    'pipeline: two owners, process ends',
    0.04,
    'publishesAsOwed',
    fc.record({ plan: history, lives: lives(ENDS, 2) }),
  ),
  property(
    'pipeline: process ends at every call',
    0.04,
    'publishesThroughEveryEnd',
    historyPlan({ stepsMax: 8, crashes: [] }),
  ),
  property('late beginnings', 0.06, 'beginsWhereItSays', lateCase),
  simulated,
  simulatedPairs,
  recorded,
  exhaustive,
  decoding,
  neighbours,
];
