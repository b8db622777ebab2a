/** What is parked, as pages of a list and one by one, by the code of `dragoman parked`. */
import type { AggregateRef } from '../../domain/change-set.js';
import {
  type ParkedOne,
  type ParkedPage,
  type ParkedQuery,
  PAGE_SIZE,
  ROWS_MAX,
  SEVERITIES,
  WAITING_MAX,
} from '../../console/answers/parked.js';
import type { Desk } from '../operator/desk.js';
import { counted, isWanted, type Listed, listed } from '../parked/list.js';
import { lookAtParked } from '../parked/show.js';

export interface Listing {
  /** The most important first, then the oldest. */
  readonly all: readonly Listed[];
  readonly asOfMs: number;
}

export async function listing(desk: Desk, nowMs: number): Promise<Listing> {
  const all = await listed(desk, {}, nowMs);
  const rank = ({ severity }: Listed): number => SEVERITIES.indexOf(severity);
  return { all: all.sort((a, b) => rank(a) - rank(b) || a.sinceMs - b.sinceMs), asOfMs: nowMs };
}

/** A page beyond the last one is the last one. Pure. */
export function parkedPage(
  { all, asOfMs }: Listing,
  { code, aggregate, severity, page }: ParkedQuery,
  pipeline: string,
): ParkedPage {
  const filter = {
    ...(code === undefined ? {} : { code }),
    ...(aggregate === undefined ? {} : { aggregate }),
    ...(severity === undefined ? {} : { severity }),
  };
  const wanted = all.filter((parked) => isWanted(parked, filter, asOfMs));
  const pages = Math.max(1, Math.ceil(wanted.length / PAGE_SIZE));
  const shown = Math.min(page, pages);
  return {
    schema: 'dragoman.http/parked@1',
    ...{ pipeline, asOf: new Date(asOfMs).toISOString(), total: wanted.length, page: shown, pages },
    byCode: counted(wanted.map((parked) => parked.code)),
    bySeverity: counted(wanted.map((parked) => parked.severity)),
    parked: wanted.slice((shown - 1) * PAGE_SIZE, shown * PAGE_SIZE).map(({ sinceMs, ...rest }) => ({
      ...rest,
      since: new Date(sinceMs).toISOString(),
    })),
  };
}

/** @throws DragomanError COMMAND_REFUSED */
export async function parkedOneNow(ref: AggregateRef, desk: Desk, isPersonalShown: boolean): Promise<ParkedOne> {
  const { waiting, ...shown } = await lookAtParked(ref, desk, { max: WAITING_MAX, isPersonalShown });
  let room = ROWS_MAX;
  const bounded = waiting.map(({ changes, ...changeSet }) => {
    const kept = changes.slice(0, room);
    room -= kept.length;
    const shownChanges = kept.map(({ table, key, op, row, refusal }) => ({ table, key, op, row, refusal }));
    return { ...changeSet, changes: shownChanges, changesLeftOut: changes.length - kept.length };
  });
  return { schema: 'dragoman.http/parked-one@1', pipeline: desk.pipeline, ...shown, waiting: bounded, isPersonalShown };
}
