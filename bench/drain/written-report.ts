/** What drains wrote -> text. Pure. */
import { number, table } from '../table.js';
import type { DrainRun } from './drain-report.js';
import { bytesOf, type Written } from './written.js';

/** Bytes written to Kafka, of the events' and the changed rows' own size. */
export const WRITTEN_TIMES_MAX = 2.5;

export const timesOwn = ({ parts, rowBytes, eventBytes }: Written): number => bytesOf(parts) / (rowBytes + eventBytes);

/** Of the first run of each variant: the others wrote the same but for their cuts. */
export function writtenText(runs: readonly DrainRun[]): string {
  const variants = [...new Set(runs.map(({ variant }) => variant))];
  return variants
    .flatMap((variant) => {
      const written = runs.find((run) => run.variant === variant)?.result.written;
      return written === undefined ? [] : [oneText(variant, written)];
    })
    .join('\n\n');
}

function oneText(variant: string, written: Written): string {
  const { parts, rowBytes, eventBytes } = written;
  const own = rowBytes + eventBytes;
  const line = (topic: string, part: string, records: number | null, bytes: number): string[] => [
    topic,
    part,
    number(records),
    number(bytes / 1e6, 1),
    number(bytes / own, 2),
  ];
  const topics = [...new Set(parts.map(({ topic }) => topic))];
  const body = topics.flatMap((topic) => {
    const some = parts.filter((part) => part.topic === topic);
    return [
      line(topic, 'all', null, bytesOf(some)),
      ...some.map(({ part, records, bytes }) => line('', part, records, bytes)),
    ];
  });
  return [
    `Written by ${variant}: ${number(bytesOf(parts) / 1e6, 1)} MB, ${number(timesOwn(written), 2)} times the own size of events ` +
      `(${number(eventBytes / 1e6, 1)} MB) and changed rows (${number(rowBytes / 1e6, 1)} MB); goal: at most ${WRITTEN_TIMES_MAX}`,
    table([['topic', 'part', 'records', 'MB', 'times own'], ...body]),
  ].join('\n');
}
