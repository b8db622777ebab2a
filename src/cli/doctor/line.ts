/** What the doctor says: one line for each thing that was looked at. */

/** Worst last. `unknown`: it may not, or could not, be asked; never counted as well. */
export const LEVELS = ['ok', 'unknown', 'warn', 'fail'] as const;
export type Level = (typeof LEVELS)[number];

/** Each is explained in docs/doctor.md. */
export const CHECKS = [
  'CONFIG_AND_RULES',
  'KAFKA_REACHED',
  'BROKER_SETTINGS',
  'BROKER_COUNT',
  'OFFSETS_RETENTION',
  'TOPIC_SETTINGS',
  'TOPIC_REPLICATION',
  'TOPIC_MIN_IN_SYNC',
  'TOPIC_LEADERS',
  'TOPIC_RETENTION',
  'TOPIC_RECORD_SIZE',
  'JOURNAL_RETENTION',
  'ACCESS_TOPICS',
  'ACCESS_GROUP',
  'ACCESS_TRANSACTIONAL_ID',
  'CLOCK_KAFKA',
  'CLOCK_REDIS',
  'REDIS_REACHED',
  'REDIS_FIT',
  'REDIS_PERSISTENCE',
  'REDIS_MEMORY',
  'REDIS_REPLICAS',
  'REDIS_LATENCY',
  'REGISTRY_REACHED',
  'CONNECT_REACHED',
  'CONNECTOR_FOUND',
  'CONNECTOR_RUNNING',
  'CONNECTOR_TRANSACTION_METADATA',
  'CONNECTOR_TRANSACTION_TOPIC',
  'CONNECTOR_TOPICS',
  'CONNECTOR_KEYS',
  'CONNECTOR_REPLICA_IDENTITY',
  'CONNECTOR_HEADERS',
  'CONNECTOR_TABLES',
  'CONNECTOR_OPERATIONS',
  'CONNECTOR_TRANSFORMS',
  'CONNECTOR_CONVERTERS',
  'CONNECTOR_DECIMALS',
  'CONNECTOR_TIMES',
  'CONNECTOR_PLACEHOLDER',
  'CONNECTOR_TOMBSTONES',
  'CONNECTOR_SNAPSHOT_MODE',
  'CONNECTOR_SNAPSHOT_TABLES',
  'CONNECTOR_SLOT',
  'CONNECTOR_PUBLICATION',
  'CONNECTOR_FAILURES',
  'CONNECTOR_HEARTBEAT',
  'CONNECTOR_EXACTLY_ONCE',
  'PROGRESS',
  'LAG',
  'RETENTION_LEFT',
  'CLOCK_SOURCES',
  'STORE_FOLLOWS',
  'PARKED',
  'HELD',
] as const;
export type Check = (typeof CHECKS)[number];

export interface Line {
  readonly level: Level;
  readonly check: Check;
  /** What was looked at: a topic, a setting, a server. */
  readonly about: string;
  readonly seen: string;
  /** What to change; null: nothing. */
  readonly todo: string | null;
}

export const ok = (check: Check, about: string, seen: string): Line => ({
  level: 'ok',
  check,
  about,
  seen,
  todo: null,
});

export const bad = (level: 'warn' | 'fail', check: Check, about: string, seen: string, todo: string): Line => ({
  level,
  check,
  about,
  seen,
  todo,
});

export const unknown = (check: Check, about: string, seen: string, todo: string | null = null): Line => ({
  level: 'unknown',
  check,
  about,
  seen,
  todo,
});

/** Many lines of one check that are all well become one. */
export function summarized(lines: readonly Line[], what: string): Line[] {
  const well = new Map<Check, number>();
  for (const { level, check } of lines) if (level === 'ok') well.set(check, (well.get(check) ?? 0) + 1);
  return [
    ...[...well].map(([check, count]) => ok(check, `${count} ${what}`, 'as it should be')),
    ...lines.filter(({ level }) => level !== 'ok'),
  ];
}

const SIGNS: Readonly<Record<Level, string>> = { ok: 'ok  ', unknown: '?   ', warn: 'warn', fail: 'FAIL' };

export const lineText = ({ level, check, about, seen, todo }: Line): string =>
  `${SIGNS[level]} ${check} ${about}: ${level === 'unknown' ? 'not known: ' : ''}${seen}${todo === null ? '' : ` -> ${todo}`}`;
