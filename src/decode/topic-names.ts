/**
 * Names of a source's topics. Debezium writes `<prefix>.<schema>.<table>`; `topic.delimiter`, another naming strategy or a routing
 * transform give others, which a pattern tells. Pure.
 */
import { delimiterOf, PLACEHOLDERS } from '../domain/source/topic-pattern.js';
import { physicalTablesOf, wildcard } from '../domain/tables/physical-table.js';
import type { TableDefinition } from '../domain/tables/table.js';
import type { Connector } from './connectors/connector.js';

/** A source as far as it names topics. */
export interface TopicNaming {
  readonly connector: Connector;
  readonly topicPrefix: string;
  /** `{prefix}.{schema}.{table}`, `{prefix}_{table}`; null, absent: as the connector names them without any setting. */
  readonly topics?: string | null;
}

/** Topic of a table. @param table as Debezium writes it in END. */
export const topicOf = (naming: TopicNaming, table: string): string => named(naming, table).replaceAll('*', '_');

/** Where the connector puts logical messages (`pg_logical_emit_message`). */
export const markTopicOf = ({ topicPrefix, topics }: Omit<TopicNaming, 'connector'>): string =>
  `${topicPrefix}${delimiterOf(topics)}message`;

/**
 * Whether a topic is one of the table's. A table of several physical ones has a topic for each of them, or a router brings all into
 * the topic of its own name, or some; so each of these names is one of its topics.
 */
export function topicsOf(naming: TopicNaming, table: TableDefinition): (topic: string) => boolean {
  const own = topicOf(naming, table.name);
  const patterns = (physicalTablesOf(table)?.names ?? []).map((physical) => wildcard(named(naming, physical)));
  return (topic) => topic === own || patterns.some((pattern) => pattern.test(topic));
}

/** Topics of the table among those that there are. With one physical table, or without any of these, the one of its own name. */
export function existingTopics(naming: TopicNaming, table: TableDefinition, existing: Iterable<string>): string[] {
  const own = topicOf(naming, table.name);
  if (physicalTablesOf(table) === null) return [own];
  const found = [...existing].filter(topicsOf(naming, table)).sort();
  return found.length > 0 ? found : [own];
}

/** Debezium's rule for topic names: what Kafka does not allow becomes an underscore. A `*` stays. */
function named({ connector, topicPrefix, topics }: TopicNaming, table: string): string {
  const path = connector.topicPath(table);
  return (topics == null ? `${topicPrefix}.${path}` : filled(topics, topicPrefix, path)).replace(
    /[^A-Za-z0-9._*-]/g,
    '_',
  );
}

/** `shop.ord_hdr` has `shop` for its database and its schema alike, `pdb.shop.ord_hdr` has both. */
function filled(pattern: string, prefix: string, path: string): string {
  const parts = path.split('.');
  const values: Readonly<Record<string, string | undefined>> = {
    prefix,
    database: parts[0],
    schema: parts.at(-2),
    table: parts.at(-1),
  };
  return pattern.replace(PLACEHOLDERS, (whole, name: string) => values[name] ?? whole);
}
