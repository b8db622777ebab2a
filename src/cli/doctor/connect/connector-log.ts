/**
 * Judges what a connector's configuration says of the log that it reads: what may be passed over without a record that shows it (README,
 * "Not guaranteed"), and what of the declared tables comes at all. Defaults are those of Debezium 3.6. Pure.
 */
import type { SourceConfig } from '../../../config/schema.js';
import { bad, type Check, type Line, ok, unknown } from '../line.js';

type Config = Readonly<Record<string, string>>;
type Verdict = readonly ['warn' | 'fail', string] | null;
type Judged = Pick<SourceConfig, 'connector'>;

/** One setting and what it is without being named. */
type Setting = readonly [name: string, standard: string];

/** @param tables declared ones, `schema.table`. */
export function judgeLog(
  { name, config }: { readonly name: string; readonly config: Config },
  source: Judged,
  tables: readonly string[],
): Line[] {
  const judge = (
    check: Check,
    settings: readonly Setting[],
    verdict: (of: (setting: string) => string) => Verdict,
  ): Line => {
    const of = (setting: string): string => config[setting] ?? settings.find(([one]) => one === setting)?.[1] ?? '';
    const seen = settings.map(([setting]) => shown(setting, of(setting), config)).join(', ');
    const found = verdict(of);
    return found === null ? ok(check, name, seen) : bad(found[0], check, name, seen, found[1]);
  };
  return [
    ...(source.connector === 'postgresql' ? postgresqlLines(judge) : []),
    ...(['mysql', 'mariadb'].includes(source.connector) ? binlogLines(judge) : []),
    judge(
      'CONNECTOR_FAILURES',
      [
        ['event.processing.failure.handling.mode', 'fail'],
        ['errors.tolerance', 'none'],
      ],
      (of) => {
        const skips = of('event.processing.failure.handling.mode') !== 'fail' || of('errors.tolerance') !== 'none';
        return skips
          ? ['fail', 'set them to fail and none: what cannot be read or converted is left out, and nothing says so']
          : null;
      },
    ),
    snapshotTables(name, config, tables),
  ];
}

type Judge = (
  check: Check,
  settings: readonly Setting[],
  verdict: (of: (setting: string) => string) => Verdict,
) => Line;

function postgresqlLines(judge: Judge): Line[] {
  return [
    judge(
      'CONNECTOR_SLOT',
      [
        ['offset.mismatch.strategy', 'no_validation'],
        ['slot.drop.on.stop', 'false'],
      ],
      (of) => {
        if (of('slot.drop.on.stop') === 'true')
          return ['fail', 'set slot.drop.on.stop to false: what is committed while the connector is stopped is lost'];
        return TRUSTING.includes(of('offset.mismatch.strategy'))
          ? [
              'warn',
              'leave offset.mismatch.strategy out: a slot that was made anew is trusted, what was committed before it is lost, and no record shows it',
            ]
          : null;
      },
    ),
    judge('CONNECTOR_PUBLICATION', [['publication.autocreate.mode', 'all_tables']], (of) =>
      ['disabled', 'no_tables'].includes(of('publication.autocreate.mode'))
        ? [
            'warn',
            'see that the publication has all declared tables, always: what is written to one that it lacks never comes',
          ]
        : null,
    ),
  ];
}

const TRUSTING = ['trust_slot', 'trust_greater_lsn'];

function binlogLines(judge: Judge): Line[] {
  return [
    judge(
      'CONNECTOR_SLOT',
      [
        ['gtid.new.channel.position', 'earliest'],
        ['inconsistent.schema.handling.mode', 'fail'],
      ],
      (of) => {
        if (of('inconsistent.schema.handling.mode') !== 'fail')
          return [
            'fail',
            'set inconsistent.schema.handling.mode to fail: rows that do not fit are left out, and nothing says so',
          ];
        return of('gtid.new.channel.position') === 'latest'
          ? [
              'fail',
              'leave gtid.new.channel.position out: after a fail-over, what the new server committed first is skipped',
            ]
          : null;
      },
    ),
  ];
}

/** Without this list the snapshot has all tables that are captured. */
function snapshotTables(name: string, config: Config, tables: readonly string[]): Line {
  const list = config['snapshot.include.collection.list'];
  if (list === undefined) return ok('CONNECTOR_SNAPSHOT_TABLES', name, 'the snapshot has every table that is captured');
  const patterns = patternsOf(list.split(','));
  const seen = `snapshot.include.collection.list=${list}`;
  if (patterns === null)
    return unknown('CONNECTOR_SNAPSHOT_TABLES', name, `${seen} is no regular expression of JavaScript`);
  const left = tables.filter((table) => !isAmong(table, patterns));
  const todo = 'add them: what is in these tables before streaming begins stays unknown';
  return left.length === 0
    ? ok('CONNECTOR_SNAPSHOT_TABLES', name, `the snapshot has all ${tables.length} declared tables`)
    : bad('warn', 'CONNECTOR_SNAPSHOT_TABLES', name, `not in the snapshot: ${left.join(', ')}`, todo);
}

function patternsOf(texts: readonly string[]): RegExp[] | null {
  try {
    return texts.map((text) => new RegExp(`^(${text.trim()})$`, 'i'));
  } catch {
    return null;
  }
}

/** MySQL and others name the database first; what the rules declare is the end of it. */
const isAmong = (table: string, patterns: readonly RegExp[]): boolean =>
  patterns.some((one) => one.test(table) || one.test(table.replace(/^[^.]*\./, '')));

const shown = (setting: string, value: string, config: Config): string =>
  `${setting}=${value}${config[setting] === undefined ? ' (default)' : ''}`;
