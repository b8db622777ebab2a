/** Figures of the consumer kit -> a table. Pure. */
import { number, table } from '../table.js';
import type { ConsumerResult } from './consume.js';

export const CONSUMER_EVENTS_PER_SECOND_MIN = 5_000;

const HEAD = ['effects', 'events', 'events/s', 'CPU us per event', 'of one processor', 'peak MB', 'others', 'wrong'];

export const consumerText = (results: readonly ConsumerResult[]): string =>
  [
    'Consumer kit: each event deduplicated and written in PostgreSQL, by one statement for each or for many',
    table([
      HEAD,
      ...results.map((result) => [
        result.effects,
        number(result.events),
        number(result.eventsPerSecond),
        number(result.cpuMicrosPerEvent, 1),
        number(result.processorShare, 2),
        number(result.peakMemoryMb),
        number(result.othersProcessors, 2),
        `${result.missing}/${result.twice}`,
      ]),
      ['goal', '', number(CONSUMER_EVENTS_PER_SECOND_MIN), '', '', '', '', ''],
    ]),
    "CPU is that of the consumer's own process. others: processors that neither the bench nor its servers used. wrong: missing/twice.",
  ].join('\n');

export const isConsumed = ({ missing, twice }: ConsumerResult): boolean => missing === 0 && twice === 0;
