/** Judges what a connector's configuration says of keys, headers and the names of topics. Pure. */
import type { SourceConfig } from '../../../config/schema.js';
import { delimiterOf } from '../../../domain/source/topic-pattern.js';
import { bad, type Line, ok, unknown } from '../line.js';

interface Facts {
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
}

type Judged = Pick<SourceConfig, 'connector' | 'mode' | 'topics'>;

/** @param tables declared ones, `schema.table`. */
export const judgeNames = (facts: Facts, source: Judged, tables: readonly string[]): Line[] => [
  topics(facts, source),
  keys(facts, tables),
  ...(source.connector === 'postgresql' ? [replicaIdentity(facts, tables)] : []),
  headers(facts, source),
];

const USUAL_STRATEGIES = ['SchemaTopicNamingStrategy', 'DefaultTopicNamingStrategy'];

function topics({ name, config }: Facts, { topics: pattern }: Judged): Line {
  const delimiter = config['topic.delimiter'] ?? '.';
  const strategy = config['topic.naming.strategy'] ?? USUAL_STRATEGIES[0] ?? '';
  const isUsual = USUAL_STRATEGIES.some((usual) => strategy.endsWith(usual));
  const seen = `topic.delimiter=${delimiter}${isUsual ? '' : `, topic.naming.strategy=${strategy}`}`;
  if (!isUsual && pattern === null) {
    return bad('warn', 'CONNECTOR_TOPICS', name, seen, 'say how table topics are named: topics of the source');
  }
  if (delimiterOf(pattern) === delimiter) return ok('CONNECTOR_TOPICS', name, seen);
  const todo = `set topics of the source to '${['{prefix}', '{schema}', '{table}'].join(delimiter)}'; the config says ${pattern ?? 'nothing'}`;
  return bad('fail', 'CONNECTOR_TOPICS', name, seen, todo);
}

/** `pattern:what`, pattern by pattern; those whose pattern means a declared table. */
function entriesFor(text: string, separator: ';' | ',', tables: readonly string[]): string[] {
  return text.split(separator).filter((entry) => {
    const pattern = entry.slice(0, entry.lastIndexOf(':')).trim();
    try {
      return tables.some((table) => new RegExp(`^(${pattern})$`, 'i').test(table));
    } catch {
      return true;
    }
  });
}

function keys({ name, config }: Facts, tables: readonly string[]): Line {
  const found = entriesFor(config['message.key.columns'] ?? '', ';', tables);
  if (found.length === 0) return ok('CONNECTOR_KEYS', name, 'records are keyed by the primary key');
  const todo = 'see that it names all columns of the key that the table definitions have, or take these tables out';
  return bad('warn', 'CONNECTOR_KEYS', name, `message.key.columns=${found.join(';')}`, todo);
}

function replicaIdentity({ name, config }: Facts, tables: readonly string[]): Line {
  const set = config['replica.identity.autoset.values'];
  if (set === undefined) {
    const todo = 'look once in the database: docs/replica-identity.md has the query';
    return unknown('CONNECTOR_REPLICA_IDENTITY', name, 'the tables decide, and only the database knows', todo);
  }
  const found = entriesFor(set, ',', tables).filter((entry) => /:\s*(INDEX|NOTHING)\b/i.test(entry));
  if (found.length === 0) return ok('CONNECTOR_REPLICA_IDENTITY', name, `replica.identity.autoset.values=${set}`);
  const todo = 'set DEFAULT or FULL for them: deletes would come with invented keys, or not at all';
  return bad('fail', 'CONNECTOR_REPLICA_IDENTITY', name, found.join(','), todo);
}

function headers({ name, config }: Facts, { mode }: Judged): Line {
  const type = config['header.converter'] ?? 'SimpleHeaderConverter';
  const seen = `header.converter=${type.slice(type.lastIndexOf('.') + 1)}`;
  if (mode !== 'arrival' || type.endsWith('.JsonConverter')) return ok('CONNECTOR_HEADERS', name, seen);
  const todo =
    'set it to org.apache.kafka.connect.json.JsonConverter: in arrival mode key changes are known by their headers';
  return bad('warn', 'CONNECTOR_HEADERS', name, seen, todo);
}
