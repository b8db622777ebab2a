/** "Did you mean": the known name closest to a mistyped one. */

/** Edits allowed: a third of the length, so that short names do not match everything. */
const EDITS_PER_LETTER = 1 / 3;

/** The closest of `known`, or null when none is close. Case and separators count little. */
export function nearMiss(name: string, known: readonly string[]): string | null {
  const wanted = plain(name);
  let best: { name: string; distance: number } | null = null;
  for (const candidate of known) {
    const distance = editDistance(wanted, plain(candidate));
    const near = distance <= Math.max(1, Math.floor(wanted.length * EDITS_PER_LETTER));
    if (near && (best === null || distance < best.distance)) best = { name: candidate, distance };
  }
  return best?.name ?? null;
}

/** `; did you mean x?`, or nothing. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = nearMiss(name, known);
  return near === null ? '' : `; did you mean ${near}?`;
}

const plain = (name: string): string => name.toLowerCase().replace(/[-_.]/g, '');

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const steps = [(last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same];
      if (swapped) steps.push((beforeLast[j - 2] ?? 0) + 1);
      row.push(Math.min(...steps));
    }
    [beforeLast, last] = [last, row];
  }
  return last[to.length] ?? 0;
}
