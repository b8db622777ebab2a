/** What a cut-over came to, as counts, and whether it is right. */
import type { Counts } from '../report.js';
import { differenceCounts, plotCounts } from '../report.js';
import type { CutoverResult } from './run-cutover.js';
import type { MoveSeen } from './moves.js';

/** From the command to the stage, beside the time that the command itself gives. */
export const MOVE_MAX_MS = 2_000;

/** Every one of these has to be 0. */
export function wrongCounts(result: CutoverResult): Record<string, number> {
  const { owners, service, conform, verdict, toldOtherwise } = result;
  return {
    ...differenceCounts(result),
    'published by the wrong owner': owners.wrongOwner.length,
    'handover records missing, twice or wrong': owners.wrongHandover.length,
    'events of the service that the journal has not once': toldOtherwise.length,
    'findings of Dragoman in the contract topic': verdict.findings.length,
    'findings of dragoman conform': conform.findings.length,
    'the order service ended by itself': service.ownEnds,
  };
}

export function cutoverCounts(result: CutoverResult, own: Counts = {}): Counts {
  const { owners, service, moves, ordersOfService, flushes, dragoman } = result;
  return plotCounts(result, {
    ...wrongCounts(result),
    'published by the service': owners.byService,
    'orders that began in the service': ordersOfService,
    ...Object.fromEntries(moves.seen.flatMap((move, at) => Object.entries(timesOf(move, at + 1)))),
    ...lateness(result),
    'kill -9 of Dragoman': dragoman.kills,
    'kill -9 of the order service': service.kills,
    'FLUSHALL of Redis': flushes,
    ...own,
  });
}

function timesOf({ market, to, atMs, sentMs, fencedMs, stoodMs, isDisturbed }: MoveSeen, number: number): Counts {
  const name = `${number}. ${market} to ${to}${isDisturbed ? ', with a kill' : ''}`;
  return {
    [`${name}: ms from the command to the stage`]: Math.round(stoodMs - sentMs),
    [`${name}: of them after its instant`]: Math.round(stoodMs - atMs),
    [`${name}: last handover record, ms after the instant`]: Math.round(fencedMs - atMs),
  };
}

/** Around a move: from its command until so long after its stage. */
const AROUND_MS = 5_000;

/** From the commit of the source transaction to the record in the topic. */
function lateness({ verdict, moves }: CutoverResult): Counts {
  const all = verdict.committed.map(({ value, timestampMs }) => {
    const { occurredAt } = JSON.parse(value) as { occurredAt: string };
    const happenedMs = Date.parse(occurredAt);
    return { happenedMs, lateMs: timestampMs - happenedMs };
  });
  const around = moves.seen
    .filter(({ isDisturbed }) => !isDisturbed)
    .flatMap(({ sentMs, stoodMs }) =>
      all.filter(({ happenedMs }) => happenedMs >= sentMs && happenedMs <= stoodMs + AROUND_MS),
    );
  const most = (events: readonly { lateMs: number }[]): number =>
    events.reduce((max, { lateMs }) => Math.max(max, lateMs), 0);
  return {
    'events around moves without a kill': around.length,
    'the latest of them, ms after its transaction': most(around),
    'the latest of all, with kills and restores, ms': most(all),
  };
}

/** What was wrong, in words. */
export const detailsOf = ({ owners, conform, moves, verdict, toldOtherwise }: CutoverResult): object => ({
  ...{ wrongOwner: owners.wrongOwner, wrongHandover: owners.wrongHandover, conform: conform.findings },
  ...{ findings: verdict.findings, moves: moves.seen, toldOtherwise },
});
