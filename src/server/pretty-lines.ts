/** JSON log lines in, lines for people out: `12:00:03.120 WARN  text  key=value`. Colours follow `NO_COLOR` and the terminal. */
import colors from 'picocolors';
import type { DestinationStream } from 'pino';

const PAINT: Readonly<Record<string, (text: string) => string>> = {
  fatal: colors.red,
  error: colors.red,
  warn: colors.yellow,
  info: colors.green,
};

/** A stream that writes each line readably to another. A line that is no JSON passes as it is. */
export const prettyLines = (lines: DestinationStream): DestinationStream => ({
  write: (line) => lines.write(`${prettyLine(line)}\n`),
});

/** One line; fields follow the text in the order in which they were logged. */
export function prettyLine(line: string): string {
  const entry = parse(line);
  if (entry === null) return line.trimEnd();
  const { level, time, msg: text, ...fields } = entry;
  const name = String(level);
  const paint = PAINT[name] ?? colors.dim;
  const pairs = Object.entries(fields).map(([field, value]) => colors.dim(`${field}=`) + shown(value));
  return [
    colors.dim(String(time).slice(11, 23)),
    paint(name.toUpperCase().padEnd(5)),
    shown(text ?? ''),
    ...pairs,
  ].join(' ');
}

function parse(line: string): Record<string, unknown> | null {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
