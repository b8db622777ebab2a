/** Judges a connector's configuration, as Connect's REST interface has it. Defaults are those of Debezium 3.6. Pure. */
import type { SourceConfig } from '../../../config/schema.js';
import { judgeNames } from './connector-names.js';
import { judgeLog } from './connector-log.js';
import { bad, type Check, type Line, ok, unknown } from '../line.js';

export interface ConnectorFacts {
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
  /** States of the connector and of its tasks. */
  readonly states: readonly string[];
}

type Judged = Pick<SourceConfig, 'connector' | 'mode' | 'topics' | 'transactionTopic'> & {
  /** Absent: Dragoman knows none. */
  readonly hasRegistry?: boolean;
};

/** Converters of Confluent and of Apicurio, which name the scale of a decimal in its schema. */
const REGISTERED = /^(io\.confluent|io\.apicurio)\..*(Avro|JsonSchema)Converter$/;

/** @param tables declared ones, `schema.table`. */
export function judgeConnector(facts: ConnectorFacts, source: Judged, tables: readonly string[]): Line[] {
  const { name, config, states } = facts;
  const of = (setting: string, standard: string): string => config[setting] ?? standard;
  const one = (check: Check, setting: string, standard: string, judge: (value: string) => Verdict): Line => {
    const value = of(setting, standard);
    const seen = `${setting}=${value}${config[setting] === undefined ? ' (default)' : ''}`;
    const verdict = judge(value);
    return verdict === null ? ok(check, name, seen) : bad(verdict[0], check, name, seen, verdict[1]);
  };
  const isRunning = states.length > 1 && states.every((state) => state === 'RUNNING');
  return [
    isRunning
      ? ok('CONNECTOR_RUNNING', name, states.join(', '))
      : bad(
          'fail',
          'CONNECTOR_RUNNING',
          name,
          states.join(', ') || 'no task',
          'look at its trace in Connect and restart it',
        ),
    one('CONNECTOR_TRANSACTION_METADATA', 'provide.transaction.metadata', 'false', (value) =>
      value === 'true' || source.mode !== 'exact'
        ? null
        : ['fail', 'set it to true: without END records transactions cannot be rebuilt in exact mode'],
    ),
    transactionTopic(name, config, source),
    captured(name, config, tables),
    ...judgeNames({ name, config }, source, tables),
    one('CONNECTOR_OPERATIONS', 'skipped.operations', 't', (value) => {
      const skipped = value.split(',').map((part) => part.trim());
      if (['c', 'u', 'd'].some((op) => skipped.includes(op))) return ['fail', 'set it to none: changes are left out'];
      return skipped.includes('t') ? ['warn', 'set it to none: a TRUNCATE would go unseen'] : null;
    }),
    transforms(name, config),
    converters(name, config, source.hasRegistry === true),
    one('CONNECTOR_DECIMALS', 'decimal.handling.mode', 'precise', (value) =>
      value === 'string' || (value === 'precise' && REGISTERED.test(config['value.converter'] ?? ''))
        ? null
        : [
            value === 'double' ? 'fail' : 'warn',
            'set it to string: numbers lose digits, or come as bytes without a scale',
          ],
    ),
    one('CONNECTOR_TIMES', 'time.precision.mode', 'adaptive', (value) => {
      if (value === 'connect') return ['warn', 'set it to adaptive: microseconds are cut off'];
      return value === 'structured' ? ['fail', 'set it to adaptive: this form is not supported'] : null;
    }),
    one('CONNECTOR_PLACEHOLDER', 'unavailable.value.placeholder', STANDARD_PLACEHOLDER, (value) =>
      value === STANDARD_PLACEHOLDER
        ? null
        : ['fail', 'leave it out: values that did not come would be taken for values'],
    ),
    ok('CONNECTOR_TOMBSTONES', name, `tombstones.on.delete=${of('tombstones.on.delete', 'true')}; they are skipped`),
    one('CONNECTOR_SNAPSHOT_MODE', 'snapshot.mode', 'initial', snapshotMode),
    ...judgeLog(facts, source, tables),
    one('CONNECTOR_HEARTBEAT', 'heartbeat.interval.ms', '0', (value) =>
      Number(value) > 0
        ? null
        : [
            'warn',
            'set it to 10000: in quiet hours the database keeps its log, and silence cannot be told from failure',
          ],
    ),
    one('CONNECTOR_EXACTLY_ONCE', 'exactly.once.support', 'requested', (value) =>
      value === 'required'
        ? null
        : ['warn', 'set it to required, with exactly.once.source.support=enabled on the workers'],
    ),
  ];
}

type Verdict = readonly ['warn' | 'fail', string] | null;

const STANDARD_PLACEHOLDER = '__debezium_unavailable_value';

function snapshotMode(value: string): Verdict {
  if (value === 'initial_only') return ['fail', 'set it to initial: it never streams'];
  if (value === 'always') return ['warn', 'set it to initial: each start reads all tables again'];
  return ['never', 'no_data', 'schema_only'].includes(value)
    ? [
        'warn',
        'rows from before the first start stay unknown, and when slot or offsets are lost, what was committed meanwhile; set it to initial',
      ]
    : null;
}

function transactionTopic(name: string, config: ConnectorFacts['config'], source: Judged): Line {
  const prefix = config['topic.prefix'] ?? '';
  const topic = `${prefix}${config['topic.delimiter'] ?? '.'}${config['topic.transaction'] ?? 'transaction'}`;
  if (source.mode !== 'exact' || topic === source.transactionTopic)
    return ok('CONNECTOR_TRANSACTION_TOPIC', name, topic);
  const todo = `set transactionTopic of the source to ${topic}; the config says ${source.transactionTopic}`;
  return bad('fail', 'CONNECTOR_TRANSACTION_TOPIC', name, topic, todo);
}

/** Entries of `table.include.list` are regular expressions over the whole name. */
function captured(name: string, config: ConnectorFacts['config'], tables: readonly string[]): Line {
  const list = config['table.include.list'];
  if (list === undefined) return ok('CONNECTOR_TABLES', name, 'no table.include.list: all tables are captured');
  let patterns: RegExp[];
  try {
    patterns = list.split(',').map((pattern) => new RegExp(`^(${pattern.trim()})$`, 'i'));
  } catch {
    return unknown('CONNECTOR_TABLES', name, `table.include.list=${list} is no regular expression of JavaScript`);
  }
  // MySQL and others name the database first; what the rules declare is the end of it.
  const left = tables.filter(
    (table) => !patterns.some((one) => one.test(table) || one.test(table.replace(/^[^.]*\./, ''))),
  );
  if (left.length === 0) return ok('CONNECTOR_TABLES', name, `all ${tables.length} declared tables are captured`);
  return bad(
    'fail',
    'CONNECTOR_TABLES',
    name,
    `not captured: ${left.join(', ')}`,
    'add them to table.include.list, and take a snapshot of them',
  );
}

function transforms(name: string, config: ConnectorFacts['config']): Line {
  const names = (config.transforms ?? '').split(',').filter((part) => part.trim() !== '');
  const types = names.map((part) => config[`transforms.${part.trim()}.type`] ?? '?');
  if (types.length === 0) return ok('CONNECTOR_TRANSFORMS', name, 'none');
  const seen = types.map((type) => type.slice(type.lastIndexOf('.') + 1)).join(', ');
  return seen.includes('ExtractNewRecordState')
    ? bad(
        'fail',
        'CONNECTOR_TRANSFORMS',
        name,
        seen,
        'remove ExtractNewRecordState: position, operation and transaction are lost',
      )
    : bad(
        'warn',
        'CONNECTOR_TRANSFORMS',
        name,
        seen,
        'see that they neither drop rows nor change topics, keys or envelopes',
      );
}

function converters(name: string, config: ConnectorFacts['config'], hasRegistry: boolean): Line {
  const type = config['value.converter'];
  if (type === undefined)
    return unknown('CONNECTOR_CONVERTERS', name, 'the worker decides', 'name the converters in the connector');
  const registered = REGISTERED.exec(type);
  if (registered !== null) return registryConverter(name, config, registered[1] ?? '', hasRegistry);
  if (!type.endsWith('.JsonConverter'))
    return bad(
      'fail',
      'CONNECTOR_CONVERTERS',
      name,
      type,
      'use org.apache.kafka.connect.json.JsonConverter for key and value',
    );
  return config['value.converter.replace.null.with.default'] === 'false'
    ? ok('CONNECTOR_CONVERTERS', name, 'JSON, NULL stays NULL')
    : bad(
        'warn',
        'CONNECTOR_CONVERTERS',
        name,
        'replace.null.with.default is not false',
        'set it to false for key and value: a NULL in a column with a DEFAULT comes as that default',
      );
}

/** Ids are the Confluent ones by themselves, or as Apicurio's converters are told. */
function registryConverter(name: string, config: ConnectorFacts['config'], maker: string, hasRegistry: boolean): Line {
  const seen = config['value.converter'] ?? '';
  const judged = (level: 'warn' | 'fail', todo: string): Line => bad(level, 'CONNECTOR_CONVERTERS', name, seen, todo);
  const isSet = (setting: string, value: string): boolean =>
    ['key.converter', 'value.converter'].every((part) => config[`${part}.${setting}`] === value);
  if (!hasRegistry) return judged('fail', 'set registry.url to the registry of this converter (docs/registry.md)');
  if (maker === 'io.apicurio')
    return isSet('apicurio.registry.as-confluent', 'true') && isSet('apicurio.registry.use-id', 'contentId')
      ? judged('warn', 'nothing, but know: a NULL in a column with a DEFAULT comes as that default (docs/registry.md)')
      : judged(
          'fail',
          'set apicurio.registry.as-confluent=true and apicurio.registry.use-id=contentId for key and value: ids of another form or count are not found',
        );
  return isSet('ignore.default.for.nullables', 'true')
    ? ok('CONNECTOR_CONVERTERS', name, seen)
    : judged(
        'warn',
        'set ignore.default.for.nullables to true for key and value: a NULL in a column with a DEFAULT comes as that default',
      );
}
