/**
 * What a dead letter says in headers, by names that tools know: our own prefix, `__connect.errors.*` as Kafka Connect writes them (KIP-298),
 * all as texts, and of Spring Kafka's `kafka_dlt-*` those that are texts there, too: it writes partition and offset as binary numbers, and a
 * text in their place would be misread.
 */
import { shortened } from './shortened.js';

/** Where the record stands that could not be applied. */
export interface OriginalRecord {
  readonly topic: string;
  readonly partition: number;
  /** Texts where a client has them as texts. */
  readonly offset: number | bigint | string;
}

/** @param original null: it is no single record. */
export function deadLetterHeaders(
  { code, text }: { readonly code: string; readonly text: string },
  original: OriginalRecord | null,
): Record<string, string> {
  const name = `dragoman.${code}`;
  const words = shortened(text);
  const place =
    original === null
      ? {}
      : {
          'dragoman.dlq.origin.topic': original.topic,
          'dragoman.dlq.origin.partition': String(original.partition),
          'dragoman.dlq.origin.offset': String(original.offset),
          '__connect.errors.topic': original.topic,
          '__connect.errors.partition': String(original.partition),
          '__connect.errors.offset': String(original.offset),
          'kafka_dlt-original-topic': original.topic,
        };
  return {
    'dragoman.dlq.error.code': code,
    'dragoman.dlq.error.message': words,
    ...place,
    '__connect.errors.exception.class.name': name,
    '__connect.errors.exception.message': words,
    'kafka_dlt-exception-fqcn': name,
    'kafka_dlt-exception-message': words,
  };
}
