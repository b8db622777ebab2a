/** A record of Debezium's heartbeat topic: `{"ts_ms": ...}`, with its schema around it or without. */
import { isObject } from '../domain/json-text.js';
import { parseObject, SchemaPrefixes } from './envelope.js';

/** When the connector wrote it, ms since 1970, by the connector's clock; null: it is none. */
export function heartbeatMs(text: string): number | null {
  const value = parseObject(text, new SchemaPrefixes());
  if (!isObject(value)) return null;
  const { ts_ms: ms } = value;
  return typeof ms === 'number' && Number.isSafeInteger(ms) && ms > 0 ? ms : null;
}
