/**
 * Parity as whoever watches reads it: what all shards of a pipeline have stored, and what is accepted by their progress, together. Pure.
 */
import type { Accepted } from './accepted.js';
import { type ParityExample, examplesIn } from './examples.js';
import { added, figuresIn, type HourFigures, sorted } from './figures.js';

/** The cells of one shard: by field, of the hashes {@link PARITY} and {@link EXAMPLES}. */
export interface StoredParity {
  readonly figures: Iterable<readonly [field: string, text: string]>;
  readonly examples: Iterable<readonly [field: string, text: string]>;
  /** Of its progress. */
  readonly accepted: readonly Accepted[];
}

export interface ParityRead {
  /** By route, then by hour. */
  readonly figures: readonly HourFigures[];
  /** By route and class; the newest of these first. */
  readonly examples: readonly ParityExample[];
  /** As the first shard has them: all come to the same by the commands log. */
  readonly accepted: readonly Accepted[];
}

export function parityOf(shards: readonly StoredParity[]): ParityRead {
  const [first] = shards;
  return {
    figures: together(shards.map(({ figures }) => figuresIn(figures))),
    examples: shards
      .flatMap(({ examples }) => examplesIn(examples))
      .sort((a, b) => (placeOf(a) === placeOf(b) ? b.atMs - a.atMs : placeOf(a) < placeOf(b) ? -1 : 1)),
    accepted: first?.accepted ?? [],
  };
}

const placeOf = ({ route, class: is }: ParityExample): string => `${route}\t${is}`;

/** Of several shards, hour by hour. */
export function together(shards: readonly (readonly HourFigures[])[]): HourFigures[] {
  const hours = new Map<string, HourFigures>();
  for (const figures of shards.flat()) {
    const place = `${figures.route}\t${figures.hourMs}`;
    const known = hours.get(place);
    hours.set(place, known === undefined ? figures : { ...figures, counts: added(known.counts, figures.counts) });
  }
  return sorted([...hours.values()]);
}
