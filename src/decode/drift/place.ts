/** Where something was seen in the topics, and how often. Pure. */

/** A record, with the commit time of its row (of its snapshot for `r`): microseconds since 1970. */
export interface DriftPlace {
  /** `topic/3`. */
  readonly partition: string;
  readonly offset: number;
  readonly timeMicros: number;
}

/** By commit time; rows of one transaction by their order in the partition, between partitions in any fixed order. */
export function comparePlaces(a: DriftPlace, b: DriftPlace): number {
  if (a.timeMicros !== b.timeMicros) return a.timeMicros - b.timeMicros;
  if (a.partition !== b.partition) return a.partition < b.partition ? -1 : 1;
  return a.offset - b.offset;
}

/** Counts, and keeps the first and the last place. */
export class Tally {
  count = 0;
  first: DriftPlace | null = null;
  last: DriftPlace | null = null;

  add(place: DriftPlace): void {
    this.count += 1;
    this.#stretch(place, place);
  }

  /** What both counted. */
  static sum(tallies: readonly Tally[]): Tally {
    const sum = new Tally();
    for (const { count, first, last } of tallies) {
      if (first === null || last === null) continue;
      sum.count += count;
      sum.#stretch(first, last);
    }
    return sum;
  }

  #stretch(first: DriftPlace, last: DriftPlace): void {
    if (this.first === null || comparePlaces(first, this.first) < 0) this.first = first;
    if (this.last === null || comparePlaces(last, this.last) > 0) this.last = last;
  }
}
