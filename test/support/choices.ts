/** A small generator of numbers that gives the same ones for the same seed (Park and Miller's). */
export interface Choices {
  /** From 0 to below 1. */
  (): number;
}

export function choices(seed: number): Choices {
  let state = (Math.abs(Math.floor(seed)) % 2_147_483_646) + 1;
  const next = (): number => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  for (let i = 0; i < 3; i += 1) next();
  return next;
}

/** A whole number from 0 to below `n`. */
export const below = (random: Choices, n: number): number => Math.floor(random() * n);

export const chosen = <T>(random: Choices, values: readonly T[]): T => values[below(random, values.length)] as T;
