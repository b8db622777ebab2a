/**
 * Where handover records were read: of each route that was ever moved, its epoch and its stage behind the last one in each partition. Said in the
 * progress by epoch and stage, which most partitions have in common.
 */
import { z } from 'zod';
import { type Stage, STAGES } from '../../domain/ownership/route.js';

/** A route behind the last handover record of it in a partition. */
export interface Mark {
  readonly epoch: number;
  readonly stage: Stage;
  /** Epoch with which it went away from its service last; 0: it never did. */
  readonly away: number;
}

/** By route (`routeText`), by number of the partition. */
export type Marks = ReadonlyMap<string, ReadonlyMap<number, Mark>>;

export const NO_MARKS: Marks = new Map();

export const withMark = (marks: Marks, route: string, partition: number, mark: Mark): Marks =>
  new Map([...marks, [route, new Map([...(marks.get(route) ?? []), [partition, mark]])]]);

/** @param before how the route stood before this record of its partition; undefined: it came to be by it. */
export const markAfter = (before: Mark | undefined, { epoch, stage }: Omit<Mark, 'away'>): Mark => ({
  ...{ epoch, stage },
  away: before?.stage === 'service' && stage !== 'service' ? epoch : (before?.away ?? 0),
});

/** By route, one for each mark, with the partitions that have it. */
export const marksSchema = z.record(
  z.string(),
  z.array(z.tuple([z.int().min(0), z.enum(STAGES), z.int().min(0), z.array(z.int().min(0))])),
);
export type MarksText = z.output<typeof marksSchema>;

export const marksOf = (text: MarksText): Marks =>
  new Map(
    Object.entries(text).map(([route, all]) => [
      route,
      new Map(
        all.flatMap(([epoch, stage, away, partitions]) =>
          partitions.map((each) => [each, { epoch, stage, away }] as const),
        ),
      ),
    ]),
  );

export const marksText = (marks: Marks): MarksText =>
  Object.fromEntries([...marks].map(([route, known]) => [route, groups(known)]));

function groups(known: ReadonlyMap<number, Mark>): MarksText[string] {
  const found = new Map<string, MarksText[string][number]>();
  for (const [partition, { epoch, stage, away }] of [...known].sort(([a], [b]) => a - b)) {
    const name = `${epoch} ${stage} ${away}`;
    const group = found.get(name);
    if (group === undefined) found.set(name, [epoch, stage, away, [partition]]);
    else group[3].push(partition);
  }
  return [...found.values()];
}
