/**
 * Where handover records were read: of each route that was ever moved, its epoch and its stage behind the last one in each partition. Said in the
 * progress by epoch and stage, which most partitions have in common.
 */
import { z } from 'zod';
import { type Stage, STAGES } from '../../domain/ownership/route.js';

/** Epoch and stage of a route behind the last handover record of it in a partition. */
export interface Mark {
  readonly epoch: number;
  readonly stage: Stage;
}

/** By route (`routeText`), by number of the partition. */
export type Marks = ReadonlyMap<string, ReadonlyMap<number, Mark>>;

export const NO_MARKS: Marks = new Map();

export const withMark = (marks: Marks, route: string, partition: number, mark: Mark): Marks =>
  new Map([...marks, [route, new Map([...(marks.get(route) ?? []), [partition, mark]])]]);

/** By route, one for each epoch and stage, with the partitions that have it. */
export const marksSchema = z.record(
  z.string(),
  z.array(z.tuple([z.int().min(0), z.enum(STAGES), z.array(z.int().min(0))])),
);
export type MarksText = z.output<typeof marksSchema>;

export const marksOf = (text: MarksText): Marks =>
  new Map(
    Object.entries(text).map(([route, all]) => [
      route,
      new Map(all.flatMap(([epoch, stage, partitions]) => partitions.map((each) => [each, { epoch, stage }] as const))),
    ]),
  );

export const marksText = (marks: Marks): MarksText =>
  Object.fromEntries([...marks].map(([route, known]) => [route, groups(known)]));

function groups(known: ReadonlyMap<number, Mark>): MarksText[string] {
  const found = new Map<string, MarksText[string][number]>();
  for (const [partition, { epoch, stage }] of [...known].sort(([a], [b]) => a - b)) {
    const name = `${epoch} ${stage}`;
    const group = found.get(name);
    if (group === undefined) found.set(name, [epoch, stage, [partition]]);
    else group[2].push(partition);
  }
  return [...found.values()];
}
