/**
 * Records of the topic of logical messages -> marks that stand outside of any transaction, and annotations inside of one. What an annotation says is
 * looked at here and nowhere else.
 */
import { isObject } from '../domain/json-text.js';
import { annotationsIn, ANNOTATION_ROWS, type AskedAnnotation } from '../domain/source/annotation.js';
import type { DecodedRecord, RowTransaction } from '../domain/source/change-event.js';
import type { Connector } from './connectors/connector.js';
import { type JsonObject, parseObject, SchemaPrefixes, textOf } from './envelope.js';

/** Of a logical message, by its source and transaction blocks; null: it does not tell. */
type TransactionOf = (source: JsonObject, block: JsonObject | null) => RowTransaction | null;

interface LogicalRecord {
  readonly partition: string;
  readonly offset: number;
  readonly value: Buffer | null;
}

export class Annotations {
  readonly #connector: Connector;
  readonly #asked: readonly AskedAnnotation[];
  readonly #transactionOf: TransactionOf;
  readonly #prefixes = new SchemaPrefixes();

  constructor(connector: Connector, asked: readonly AskedAnnotation[], transactionOf: TransactionOf) {
    this.#connector = connector;
    this.#asked = asked;
    this.#transactionOf = transactionOf;
  }

  /** Only one outside of a transaction has no transaction id in its source block. */
  decode({ partition, offset, value: bytes }: LogicalRecord): DecodedRecord {
    const place = { partition, offset };
    const value = bytes === null ? null : parseObject(textOf(bytes), this.#prefixes);
    const source = isObject(value?.source) ? value.source : null;
    const block = isObject(value?.transaction) ? value.transaction : null;
    const isInside = block !== null || typeof source?.txId === 'number';
    if (value !== null && source !== null && isInside && this.#asked.length > 0) {
      const transaction = this.#transactionOf(source, block);
      if (transaction !== null)
        return { kind: 'filler', table: ANNOTATION_ROWS, transaction, annotations: this.#in(value), ...place };
    }
    const at = source === null || isInside ? null : this.#connector.markPosition(source);
    if (at === null) return { kind: 'skipped', reason: 'logical-message', ...place };
    return { kind: 'message', position: at, ...place };
  }

  /** One that cannot be read counts for its transaction all the same. */
  #in({ message }: JsonObject): readonly string[] {
    if (!isObject(message) || typeof message.prefix !== 'string') return [];
    return annotationsIn(this.#asked, { prefix: message.prefix, content: contentOf(message.content) });
  }
}

/** The connector sends bytes as base64. Null: they are no UTF-8. */
function contentOf(base64: unknown): string | null {
  if (typeof base64 !== 'string') return null;
  const bytes = Buffer.from(base64, 'base64');
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) ? text : null;
}
