/** One strike of the plan, by its name: what it did, how long both of a pair were under way, and how long the pipeline needed to be well again. */
import { heal } from './heal.js';
import { NEMESES, type NemesisName } from './nemeses.js';
import type { Arena } from './nemesis.js';
import { strikeBoth, type PairName } from './pairs.js';

/** A nemesis, or two at once. */
export type StrikeName = NemesisName | PairName;

export interface Row {
  readonly nemesis: StrikeName;
  /** Faults injected. */
  times: number;
  /** Of each strike of a pair: for so long both were under way. */
  readonly togetherMs: number[];
  /** From the end of each strike until a consumer had an event of a transaction that was committed after it. */
  readonly recoveredMs: number[];
  /** Published from the beginning of a strike to the end of the quiet time after it. */
  events: number;
}

/** What is wrong beside the events, in words. */
export interface Complaints {
  readonly stuck: string[];
  readonly notTogether: string[];
}

export const emptyRow = (nemesis: StrikeName): Row => ({
  ...{ nemesis, times: 0, events: 0 },
  togetherMs: [],
  recoveredMs: [],
});

/** From when the connector's records can be read: session time-out, take-over, fencing of a Kafka transaction that was left open, and a paused task's longest wait. */
const RECOVERY_MAX_MS = 90_000;
/** The connector, and brokers that come into sync, are none of Dragoman; a worker that was killed waits for its own fencing alone for 60 s. */
const SOURCE_MAX_MS = 300_000;

export async function strike(row: Row, arena: Arena, complaints: Complaints): Promise<void> {
  const startedMs = Date.now();
  try {
    await hit(row, arena, complaints);
  } catch (error) {
    const words = `${row.nemesis} could not be taken back: ${error instanceof Error ? error.message : String(error)}`;
    complaints.stuck.push(words);
    arena.say(words);
    await heal(arena);
  }
  const overMs = Date.now();
  const took = `${row.nemesis}: ${seconds(overMs - startedMs)} s${together(row)}`;
  const readableMs = await arena.pulse.readableSince(overMs, SOURCE_MAX_MS);
  const arrivedMs = await arena.pulse.firstSince(overMs, readableMs === undefined ? 0 : RECOVERY_MAX_MS);
  if (arrivedMs !== undefined) {
    row.recoveredMs.push(arrivedMs - overMs);
    const source = readableMs === undefined ? '' : `, ${seconds(readableMs - overMs)} s of it the connector's`;
    arena.say(`${took}, well again after ${seconds(arrivedMs - overMs)} s${source}`);
    return;
  }
  const words =
    readableMs === undefined
      ? `the connector wrote no new transaction within ${seconds(SOURCE_MAX_MS)} s`
      : `no event of a new transaction within ${seconds(RECOVERY_MAX_MS)} s after its records could be read`;
  complaints.stuck.push(
    `${row.nemesis} at ${new Date(overMs).toISOString()}: ${words}; the members' last words:\n${arena.members.lastWords}`,
  );
  arena.say(`${took}, STUCK: ${words}\n${arena.members.lastWords}`);
}

async function hit(row: Row, arena: Arena, { notTogether }: Complaints): Promise<void> {
  const [first, second] = row.nemesis.split('+') as [NemesisName, NemesisName?];
  if (second === undefined) {
    row.times += await NEMESES[first].strike(arena);
    return;
  }
  const { times, togetherMs } = await strikeBoth(NEMESES[first], NEMESES[second], arena);
  row.times += times;
  row.togetherMs.push(togetherMs);
  if (togetherMs === 0) notTogether.push(`${row.nemesis}: ${first} was over before ${second} began`);
}

const together = ({ togetherMs }: Row): string =>
  togetherMs.length === 0 ? '' : `, both at once for ${seconds(togetherMs.at(-1) ?? 0)} s`;

export const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
