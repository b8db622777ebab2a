/** The words around the show: what will be seen, and where to go from here. */
import type { RecordedRecord } from '../../src/adapters/files/recording.js';
import { type Line, wrapAll } from './lines.js';
import type { Screen } from './screen.js';

const LEGEND = [
  'left:   + inserted   ~ changed (from → to)   - deleted   > moved to another order',
  'right:  ◆ event published (#2: the second one of its order)   · no event, and why',
];

const HOW =
  'The old system knows rows, not events: a header here, a flag there, in six tables. Dragoman puts the rows of each database ' +
  'transaction together again, and only then asks its rules what happened. Below, each block is one transaction: what the ' +
  'database did, and which events other teams get from it.';

export interface RecordingFacts {
  readonly records: readonly RecordedRecord[];
  readonly speed: number;
  readonly tables: number;
}

export function recordingIntro({ records, speed }: RecordingFacts, screen: Screen): string[] {
  const topics = new Set(records.map(({ topic }) => topic)).size;
  const lengthMs = (records.at(-1)?.timestampMs ?? 0) - (records[0]?.timestampMs ?? 0);
  const pace = Number.isFinite(speed) ? `in ${Math.round(lengthMs / 1_000 / speed)} seconds` : 'without waiting';
  const what =
    `This plays ${records.length} records that Debezium wrote to ${topics} Kafka topics while orders lived in a PostgreSQL database, ` +
    `${pace}, through the same stages as in production; only Kafka and Redis are in memory.`;
  return intro([what, HOW], screen);
}

export function realIntro(orders: number, screen: Screen): string[] {
  const what =
    `Real servers: ${orders} orders live in PostgreSQL, Debezium writes their row changes to Kafka, and Dragoman, a process of ` +
    'its own with its state in Redis, publishes events. What you see is read from its topics, as another team would read them.';
  return intro([what, HOW], screen);
}

export function migrationIntro({ width }: Screen): string[] {
  const what =
    'Real servers: orders live in PostgreSQL, Debezium writes their row changes to Kafka, and Dragoman publishes events. Beside it stands a new order ' +
    'service with a database of its own. One market moves from the old system to the new one, and back, while orders live; teams that read the events ' +
    'see no difference.';
  return ['', ...words({ role: 'plain', text: what }, width)];
}

const intro = (texts: readonly string[], { width, paint }: Screen): string[] => [
  ...texts.flatMap((text) => ['', ...words({ role: 'plain', text }, width)]),
  '',
  ...wrapAll(
    LEGEND.map((text) => ({ role: 'quiet', text })),
    width,
  ).map(({ role, text }) => paint(role, text)),
];

/** Without the hanging indent of the show's lines. */
const words = (line: Line, width: number): string[] => wrapAll([line], width).map(({ text }) => text.trimStart());

export function nextSteps(isReal: boolean, { paint }: Screen): string[] {
  const steps: readonly (readonly [string, string])[] = [
    isReal
      ? ['npm run demo', 'the same from a recording, without servers']
      : ['npm run demo -- --real', 'the same, live: real PostgreSQL, Debezium, Kafka and Redis'],
    ['npm run dragoman -- translate legacy-db/recordings/demo.ndjson', 'the events in full, one JSON line each'],
    ['npm test', 'all tests, on real servers too'],
  ];
  return [
    '',
    paint('title', 'Next'),
    ...steps.flatMap(([command, meaning]) => [`  ${command}`, `      ${paint('quiet', meaning)}`]),
    '  The rules that decided here are in rules/facts/: a few lines of TypeScript each.',
    '',
  ];
}
