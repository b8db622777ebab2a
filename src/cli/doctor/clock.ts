/** Where the clock stands by which timers of a pipeline are due, and what keeps it there. Pure. */
import { bad, type Line, ok } from './line.js';

export interface ClockSource {
  readonly name: string;
  /** How far its time has come; null: no transaction was passed. */
  readonly timeMs: number | null;
  /** Its commit times are not believed since this one; null: they are. */
  readonly aheadMs: number | null;
  /** Where its heartbeats are looked for; null: nowhere. */
  readonly heartbeatTopic: string | null;
  /** The newest one; null: there is none. */
  readonly heartbeatMs: number | null;
}

export interface ClockFacts {
  readonly pipeline: string;
  readonly clockMs: number | null;
  readonly sources: readonly ClockSource[];
  readonly nowMs: number;
}

/** Retiring has hours and days: less is nothing to look into. */
const BEHIND_MAX_MS = 60 * 60 * 1_000;

/** @param facts of a pipeline whose rules have timers. */
export function judgeClock({ pipeline, clockMs, sources, nowMs }: ClockFacts): Line[] {
  const ahead = sources.flatMap(({ name, aheadMs }) => (aheadMs === null ? [] : [aheadLine(pipeline, name, aheadMs)]));
  const [last] = [...sources].sort((a, b) => (a.timeMs ?? -Infinity) - (b.timeMs ?? -Infinity));
  if (last === undefined) return ahead;
  const at = clockMs === null ? 'has not begun' : `stands at ${timeText(clockMs)}`;
  const isWell = clockMs !== null && last.timeMs !== null && nowMs - clockMs <= BEHIND_MAX_MS;
  if (isWell) return [...ahead, ok('CLOCK_SOURCES', pipeline, `the clock of timers ${at}, that of ${last.name}`)];
  const seen = `the clock of timers ${at}: ${reachedText(last)}; ${heartbeatText(last, nowMs)}. Nothing becomes due meanwhile`;
  return [...ahead, bad('warn', 'CLOCK_SOURCES', pipeline, seen, TODO)];
}

const TODO =
  'see that the connector runs and is read to its end; where the database is silent, switch on heartbeat.interval.ms, with transaction metadata ' +
  'heartbeat.action.query into a captured table as well; take a source that is gone out of the config (docs/retiring.md)';

const timeText = (ms: number): string => new Date(ms).toISOString();

const reachedText = ({ name, timeMs }: ClockSource): string =>
  timeMs === null ? `no transaction of ${name} came so far` : `${name} has come to ${timeText(timeMs)}`;

function heartbeatText({ heartbeatTopic, heartbeatMs }: ClockSource, nowMs: number): string {
  if (heartbeatTopic === null) return 'its heartbeats are not looked for (heartbeatTopic)';
  if (heartbeatMs === null) return `there is no heartbeat in ${heartbeatTopic}`;
  const minutes = Math.round((nowMs - heartbeatMs) / 60_000);
  return `its newest heartbeat is ${minutes} min old`;
}

const aheadLine = (pipeline: string, source: string, aheadMs: number): Line =>
  bad(
    'fail',
    'CLOCK_SOURCES',
    `${pipeline}: ${source}`,
    `commit times since ${timeText(aheadMs)} are over an hour ahead of the broker: timers do not follow them`,
    'set the clock of the database, or of the brokers, right; the next commit time that is believed ends this',
  );
