/** How routes stand, as it is committed with the progress: what was moved, and what is to be moved at its instant. */
import { z } from 'zod';
import { isShare, type Route, selectorOf, STAGES, type Stage } from '../../domain/ownership/route.js';

/** Who moves a route, when, and why; the beginning of the reason. */
export interface Mover {
  /** ISO-8601, UTC: from the first source transaction on that was not committed before it. */
  readonly at: string;
  readonly by: string;
  readonly reason: string;
  /** Id of the command. */
  readonly command: string;
}

/** An accepted move of one route. */
export interface Move extends Mover, Omit<Route, 'stage'> {
  readonly from: Stage;
  readonly to: Stage;
  /** Of a route that its service has: it is not asked. `owed`: with what it never told. */
  readonly taken?: 'owed' | 'rest';
}

/** How a route stands now. */
export interface Standing extends Route {
  /** By the last move that was carried out; absent: none was. */
  readonly moved?: Mover & { readonly from: Stage };
  /** Its service was asked to hand it over: by this move, which is carried out when it has. */
  readonly returning?: Move;
  /** The last move did without its service: what that owned is legacy's again. */
  readonly taken?: NonNullable<Move['taken']>;
  /** What its capability said when it was moved last. Absent: no service ever had it. */
  readonly isSticky?: boolean;
}

export interface Ownership {
  /** All routes of each contract that was ever moved. */
  readonly routes: readonly Standing[];
  /** In the order in which they were accepted. */
  readonly pending: readonly Move[];
}

export const NOTHING_MOVED: Ownership = { routes: [], pending: [] };

const stage = z.enum(STAGES);
const route = {
  contract: z.string(),
  selector: z
    .object({
      context: z.record(z.string(), z.string()),
      share: z.tuple([z.number(), z.number()]).refine(isShare).exactOptional(),
    })
    .transform(({ context, share }) => selectorOf(context, share)),
  epoch: z.int().min(0),
};
const mover = { at: z.string(), by: z.string(), reason: z.string(), command: z.string() };
const taken = z.enum(['owed', 'rest']).exactOptional();
const move = z.object({ ...route, ...mover, from: stage, to: stage, taken });

export const ownershipSchema = z.object({
  routes: z.array(
    z.object({
      ...route,
      stage,
      moved: z.object({ ...mover, from: stage }).exactOptional(),
      returning: move.exactOptional(),
      taken,
      isSticky: z.boolean().exactOptional(),
    }),
  ),
  pending: z.array(move),
});
