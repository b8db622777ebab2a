/**
 * D1 Whatever the record, decoding gives a record or throws a DragomanError that refuses the source; nothing else.
 * D2 What is damage (see `mutations.ts`) is decoded to what was written, or to something that says that it cannot be read, or is
 *    refused: never to another row, another place, another transaction or another boundary.
 * D3 It comes to the same by its bytes and by the general way, which parses all of it.
 */
import { isDeepStrictEqual } from 'node:util';
import { CONNECTORS } from '../../src/decode/connectors/connectors.js';
import { Decoder } from '../../src/decode/decoder.js';
import type { DecodedRecord } from '../../src/domain/source/change-event.js';
import { DragomanError, ERRORS } from '../../src/errors.js';
import { below, type Choices, chosen } from '../support/choices.js';
import { RETAILER } from '../support/decoding.js';
import { readRecording, type RecordedRecord, sourceRecord, spaced } from '../support/recordings.js';
import { type MutationKind, mutant, MUTATIONS } from './mutations.js';

/** A record with the decoder of its source. */
interface Sample {
  readonly record: RecordedRecord;
  readonly decoder: Decoder;
}

const RECORDINGS: readonly (readonly [keyof typeof CONNECTORS, string, string])[] = [
  ['postgresql', 'legacy', 'postgres/01-lifecycle'],
  ['postgresql', 'legacy', 'postgres/04-key-change'],
  ['postgresql', 'legacy', 'postgres/07-resnapshot'],
  ['postgresql', 'legacy', 'postgres/08-incremental-snapshot'],
  ['postgresql', 'legacy', 'postgres/10-schemas-enabled'],
  ['postgresql', 'legacy', 'postgres/13-logical-message'],
  ['mariadb', 'shop', 'mariadb/01-lifecycle'],
  ['mariadb', 'shop', 'mariadb/06c-crash-frequent-offsets'],
];

/** Records of consumed topics, at most 150 of each recording. */
export function samples(): Sample[] {
  return RECORDINGS.flatMap(([name, source, recording]) => {
    const decoder = new Decoder({
      ...{ source, connector: CONNECTORS[name], mode: 'exact', topicPrefix: source },
      ...{ transactionTopic: `${source}.transaction`, tables: RETAILER },
    });
    const topics = new Set(decoder.topics);
    const records = readRecording(recording).filter(({ topic }) => topics.has(topic));
    const each = Math.ceil(records.length / 150);
    return records.filter((_, i) => i % each === 0).map((record) => ({ record, decoder }));
  });
}

export interface DecodeFinding {
  readonly kind: MutationKind;
  readonly why: string;
  readonly original: RecordedRecord;
  readonly changed: RecordedRecord;
}

/** One mutation. @returns null when it held; a string when nothing could be mutated. */
export function fuzzDecoding(all: readonly Sample[], random: Choices): DecodeFinding | null | 'nothing' {
  const { record, decoder } = all[below(random, all.length)] as Sample;
  const kind = chosen(random, MUTATIONS);
  const made = mutant(record, kind, random, decoder.topics);
  if (made === null) return 'nothing';
  const finding = (why: string): DecodeFinding => ({ kind, why, original: record, changed: made.record });
  const given = outcomeOf(decoder, made.record);
  // Some texts are words, which are no more what they are with a space in them.
  const parsed = kind === 'value replaced' ? given : outcomeOf(decoder, spaced(made.record));
  if (given instanceof Error || parsed instanceof Error) return isSameError(given, parsed, finding);
  if (!isDeepStrictEqual(given, parsed))
    return finding(`gave ${JSON.stringify(given)}, and parsed ${JSON.stringify(parsed)}`);
  if (made.isLegal || kind === 'topic exchanged') return null;
  return isHonest(given, decoder.decode(sourceRecord(record))) ? null : finding(`gave ${JSON.stringify(given)}`);
}

function outcomeOf(decoder: Decoder, record: RecordedRecord): DecodedRecord | Error {
  try {
    return decoder.decode(sourceRecord(record));
  } catch (error) {
    return error instanceof Error ? error : new TypeError(String(error));
  }
}

function isSameError(
  given: DecodedRecord | Error,
  parsed: DecodedRecord | Error,
  finding: (why: string) => DecodeFinding,
): DecodeFinding | null {
  for (const error of [given, parsed])
    if (!(error instanceof DragomanError))
      return finding(`gave ${JSON.stringify(error)} by one way, and threw by the other`);
    else if (!(error.code in ERRORS) || error.disposition !== 'refuse') return finding(`threw ${error.code}`);
  const codes = [given, parsed].map((error) => (error as DragomanError).code);
  return codes[0] === codes[1] ? null : finding(`threw ${codes.join(' and ')}`);
}

/** D2. A record that carries nothing any more lets its transaction wait, so it is no lie. */
function isHonest(given: DecodedRecord, wanted: DecodedRecord): boolean {
  if (given.kind === 'undecodable' || given.kind === 'skipped') return true;
  // Refused, or refused unless the other half of its key change tells.
  const isDoubted = given.kind === 'change' && (given.refusal !== null || given.otherKeyUnread !== undefined);
  if (isDoubted)
    return (
      wanted.kind === 'change' && given.key === wanted.key && isDeepStrictEqual(given.transaction, wanted.transaction)
    );
  return isDeepStrictEqual(given, wanted);
}
