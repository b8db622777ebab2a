/** What is told of a record that was not simply the next one; after the transaction is committed. */
import { contractText } from '../../domain/integration-event.js';
import { REPEAT_HEADER } from '../../domain/repair/headers.js';
import type { ConsumerCode } from '../codes.js';
import type { ReadEvent } from '../read/event.js';
import { type ConsumedRecord, headerOf, keyOf, type Place, placeOf } from '../read/record.js';

export interface Notice {
  readonly code: ConsumerCode;
  /** For people; no value of the event, except unknown ones of an enum that has no class. */
  readonly text: string;
  readonly place: Place;
  /** Record key; null: none. */
  readonly key: string | null;
  /** Id and contract of the event, as far as it could be read. */
  readonly id: string | null;
  readonly contract: string | null;
  readonly sequence: number | null;
  /** Whom it was published again by, where headers say (`ce_authtype`, `ce_authid`, `dragoman-repeat`). */
  readonly by: string | null;
}

export const noticeOf = (record: ConsumedRecord, code: ConsumerCode, text: string): Notice => ({
  ...{ code, text, place: placeOf(record), key: keyOf(record) },
  ...{ id: headerOf(record, 'ce_id'), contract: null, sequence: null, by: byOf(record) },
});

export const eventNotice = (event: ReadEvent, code: ConsumerCode, text: string): Notice => ({
  ...noticeOf(event.record, code, text),
  ...{ id: event.id, sequence: event.sequence },
  contract: contractText(event.contract.name, event.contract.version),
});

function byOf(record: ConsumedRecord): string | null {
  const repair = headerOf(record, REPEAT_HEADER);
  const said = [headerOf(record, 'ce_authtype'), headerOf(record, 'ce_authid'), repair && `repair ${repair}`];
  return said.filter((part) => part !== null).join(' ') || null;
}
