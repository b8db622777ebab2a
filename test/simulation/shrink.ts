/**
 * Makes a history that breaks an invariant shorter: leaves out steps of its plan, then faults and blows one by one, as long as some
 * invariant is still broken. What is left out is part of the command that replays it.
 */
import type { Outcome, SimulationOptions, Without } from './simulation.js';

const RUNS_MAX = 150;
const EVERYTHING: Without = { faults: new Set(), blows: new Set(), stepsMax: 100 };

/** @returns the shortest one that was found; the given one at worst. */
export async function shrink(
  options: SimulationOptions,
  run: (options: SimulationOptions) => Promise<Outcome>,
): Promise<{ readonly without: Without; readonly outcome: Outcome }> {
  let runs = 0;
  let best = { without: options.without ?? EVERYTHING, outcome: await run(options) };
  const isShorter = async (without: Without): Promise<boolean> => {
    if (runs >= RUNS_MAX) return false;
    runs += 1;
    const outcome = await run({ ...options, without });
    if (outcome.violation === null) return false;
    best = { without, outcome };
    return true;
  };
  for (const stepsMax of [1, 2, 3, 4, 6, 8, 10]) if (await isShorter({ ...best.without, stepsMax })) break;
  for (const kind of ['blows', 'faults'] as const) {
    for (const n of numbersIn(best.outcome, kind).reverse())
      await isShorter({ ...best.without, [kind]: new Set([...best.without[kind], n]) });
  }
  return best;
}

/** Of the faults, or the blows, that a history really had. */
function numbersIn({ trace }: Outcome, kind: 'blows' | 'faults'): number[] {
  const sign = kind === 'blows' ? / @(\d+)$/ : / #(\d+)$/;
  return trace.flatMap(({ what }) => Number(sign.exec(what)?.[1] ?? NaN)).filter((n) => !Number.isNaN(n));
}

/** The options of the command line that leave out the same. */
export function withoutText({ faults, blows, stepsMax }: Without): string {
  const steps = stepsMax === EVERYTHING.stepsMax ? '' : ` --steps ${stepsMax}`;
  const list = (name: string, numbers: ReadonlySet<number>): string =>
    numbers.size === 0 ? '' : ` --without-${name} ${[...numbers].join(',')}`;
  return `${steps}${list('faults', faults)}${list('blows', blows)}`;
}
