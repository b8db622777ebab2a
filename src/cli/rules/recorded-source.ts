/** What a recording shows of its connector, where no config names the source: its name, its kind, and how it names topics. Pure. */
import { isObject } from '../../domain/json-text.js';
import type { RecordedRecord } from '../../adapters/files/recording.js';
import { type ConnectorName, CONNECTOR_NAMES, CONNECTORS } from '../../decode/connectors/connectors.js';
import { type JsonObject, parseObject, SchemaPrefixes } from '../../decode/envelope.js';

export interface RecordedSource {
  readonly name: string;
  readonly connector: ConnectorName;
  /** Pattern of its topics; null: the usual one. */
  readonly topics: string | null;
}

/** @returns null when no record has a source block. */
export function recordedSource(records: readonly RecordedRecord[]): RecordedSource | null {
  let found: RecordedSource | null = null;
  for (const { topic, value } of records) {
    const block = value === null ? null : sourceBlock(value);
    if (block === null) continue;
    const connector = CONNECTOR_NAMES.find((known) => known === block.connector) ?? 'postgresql';
    const name = String(block.name);
    const path = CONNECTORS[connector].topicPath(CONNECTORS[connector].tableName(block)).split('.');
    const delimiter = delimiterOf(topic, name, path);
    found ??= { name, connector, topics: null };
    if (delimiter === '.') return found;
    if (delimiter !== null) return { ...found, topics: patternOf(path.length, delimiter) };
  }
  return found;
}

/** Tables of which the recording has rows, as their source blocks say: `oms.ord_hdr of legacy`. */
export function recordedTables(records: readonly RecordedRecord[]): string[] {
  const tables = new Set<string>();
  for (const { value } of records) {
    const block = value === null ? null : sourceBlock(value);
    const connector = CONNECTOR_NAMES.find((known) => known === block?.connector);
    if (block !== null && connector !== undefined)
      tables.add(`${CONNECTORS[connector].tableName(block)} of ${String(block.name)}`);
  }
  return [...tables];
}

function sourceBlock(value: string): JsonObject | null {
  const source = parseObject(value, new SchemaPrefixes())?.source;
  return isObject(source) && typeof source.name === 'string' ? source : null;
}

/** `_` of `legacy_oms_ord_hdr`; null when the topic is named in another way. */
function delimiterOf(topic: string, name: string, path: readonly string[]): string | null {
  const parts = [name, ...path].map((part) => part.replace(/[^A-Za-z0-9._-]/g, '_'));
  const at = topic.startsWith(name) ? topic.indexOf(parts[1] ?? '', name.length) : -1;
  const delimiter = topic.slice(name.length, at);
  return at > name.length && parts.join(delimiter) === topic ? delimiter : null;
}

const patternOf = (parts: number, delimiter: string): string =>
  ['{prefix}', ...(parts > 2 ? ['{database}'] : []), '{schema}', '{table}'].join(delimiter);
