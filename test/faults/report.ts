/** The result of a run: as a table for people, as JSON, and as the last full run of docs/faults.md. */
import { CLASSES, errorCount, type ErrorClass } from './check.js';
import type { FaultsResult } from './run.js';
import type { Row } from './strike.js';

export const MARKERS = { begin: '<!-- last-run:begin -->', end: '<!-- last-run:end -->' } as const;

const HEADER = [
  'nemesis',
  'times injected',
  'both at once (median / max s)',
  'recovered in (median / max s)',
  'events checked',
];
const CLASS_NAMES = Object.keys(CLASSES) as ErrorClass[];

/** Markdown, which is a table for people too. */
export function report(result: FaultsResult): string {
  const { rows, counts, findings, lostBefore, versions, seed, startedAt, elapsedMs } = result;
  return [
    grid(HEADER, tableRows(result)),
    grid(
      ['class', 'cases'],
      CLASS_NAMES.map((name) => [name, String(findings[name].length)]),
    ),
    grid(
      ['count', ''],
      Object.entries(counts).map(([name, count]) => [name, String(count)]),
    ),
    ...(lostBefore.length === 0 ? [] : [`Lost by the connector, before Kafka: ${lostBefore.join('; ')}.`]),
    `Seed ${seed}, begun ${startedAt}, ${(elapsedMs / 60_000).toFixed(1)} minutes, ${counted(rows)}.`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ') + '.',
  ].join('\n\n');
}

/** Every case of every class, for the one who has to find out. */
export function cases({ findings }: FaultsResult, eachMax: number): string {
  return CLASS_NAMES.flatMap((name) => {
    const all = findings[name];
    const more = all.length > eachMax ? [`  ... and ${all.length - eachMax} more`] : [];
    return all.length === 0 ? [] : [`${name}:`, ...all.slice(0, eachMax).map((one) => `  ${one}`), ...more];
  }).join('\n');
}

export function asJson(result: FaultsResult): string {
  const { seed, startedAt, elapsedMs, findings, lostBefore, versions, counts, rows } = result;
  const inSeconds = rows.map(({ recoveredMs, togetherMs, ...row }) => ({
    ...row,
    togetherSeconds: togetherMs.map((ms) => ms / 1_000),
    recoveredSeconds: recoveredMs.map((ms) => ms / 1_000),
  }));
  return `${JSON.stringify({ seed, startedAt, elapsedMs, versions, counts, errors: errorCount(findings), rows: inSeconds, findings, lostBefore }, null, 2)}\n`;
}

/** @returns the page with the run between its markers. */
export function withLastRun(page: string, result: FaultsResult): string {
  const [begin, end] = [page.indexOf(MARKERS.begin), page.indexOf(MARKERS.end)];
  if (begin < 0 || end < begin) throw new RangeError(`the page has no ${MARKERS.begin} ... ${MARKERS.end}`);
  return `${page.slice(0, begin + MARKERS.begin.length)}\n\n${report(result)}\n\n${page.slice(end)}`;
}

function tableRows({ rows, counts }: FaultsResult): string[][] {
  const inRows = rows.reduce((sum, { events }) => sum + events, 0);
  const all = counts['events checked'] ?? 0;
  return [
    ...rows.map((row) => [row.nemesis, String(row.times), together(row), recovery(row), String(row.events)]),
    ['before the first and while draining', '', '', '', String(all - inRows)],
    ['all', String(rows.reduce((sum, { times }) => sum + times, 0)), '', '', String(all)],
  ];
}

const together = ({ togetherMs }: Row): string => (togetherMs.length === 0 ? '' : medianAndMax(togetherMs));

const recovery = ({ recoveredMs }: Row): string => (recoveredMs.length === 0 ? 'never' : medianAndMax(recoveredMs));

function medianAndMax(lengthsMs: readonly number[]): string {
  const sorted = [...lengthsMs].sort((a, b) => a - b);
  const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return `${inSeconds(median)} / ${inSeconds(sorted.at(-1) ?? 0)}`;
}

/** `12 nemeses and 8 pairs`; how many of each struck. */
function counted(rows: readonly Row[]): string {
  const pairs = rows.filter(({ togetherMs }) => togetherMs.length > 0).length;
  return `${rows.length - pairs} nemeses alone, ${pairs} pairs at once`;
}

const inSeconds = (ms: number): string => (ms / 1_000).toFixed(1);

function grid(header: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = header.map((name, column) =>
    Math.max(3, name.length, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [row(header), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...lines.map(row)].join('\n');
}
