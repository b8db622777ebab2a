/** From another one on with each turn, so that none keeps the others from going on. */
export function inTurn<T>(all: readonly T[], turn: number): T[] {
  const first = turn % Math.max(1, all.length);
  return [...all.slice(first), ...all.slice(0, first)];
}
