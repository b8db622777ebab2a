/**
 * What goes wrong on the way to a consumer, each as a short history of one order, with what an inbox that reads this one contract makes of
 * each record. Pure.
 */
import type { Json, PublishedContract } from '../contracts/published.js';
import type { ConsumerCode } from '../consumer/codes.js';
import { type MockOptions, type MockRecord, mockRecord, orderKey, recordOf } from './stream.js';

export interface Trouble {
  readonly what: string;
  readonly records: readonly MockRecord[];
  /** Of each record; null: its effect happens, and nothing is told. */
  readonly codes: readonly (ConsumerCode | null)[];
}

/** Each of an order of its own, at offsets of its own. What becomes of a later major hangs on the day where the contract has a sunset: it is left out then. */
export function mockTroubles(contract: PublishedContract, { seed = '1' }: MockOptions = {}): Trouble[] {
  const making = new Making(contract, seed);
  return TROUBLES.filter(([what]) => what !== LATER_MAJOR || contract.sunset === null).map(([what, make]) =>
    making.trouble(what, make),
  );
}

const LATER_MAJOR = 'a later major version';

type Made = readonly (readonly [record: MockRecord, code: ConsumerCode | null])[];

const TROUBLES: readonly (readonly [what: string, make: (make: Making) => Made])[] = [
  ['a whole history', (m) => [1, 2, 3].map((number) => [m.event(number), null])],
  [
    'a record is read again',
    (m) => {
      const first = m.event(1);
      return [
        [first, null],
        [first, 'EVENT_READ_AGAIN'],
        [m.event(2), null],
      ];
    },
  ],
  [
    'an event is published again, later',
    (m) => {
      const [first, second] = [m.event(1), m.event(2)];
      return [
        [first, null],
        [second, null],
        [m.moved(first), 'EVENT_REPUBLISHED'],
      ];
    },
  ],
  [
    'a number is skipped',
    (m) => [
      [m.event(1), null],
      [m.event(3), 'SEQUENCE_GAP'],
      [m.event(4), null],
    ],
  ],
  [
    'a number comes late',
    (m) => [
      [m.event(1), null],
      [m.event(3), 'SEQUENCE_GAP'],
      [m.event(2), 'SEQUENCE_LATE'],
      [m.event(4), null],
    ],
  ],
  [
    'the first ones were published before',
    (m) => [
      [m.event(5), 'SEQUENCE_BEGINS_LATE'],
      [m.event(6), null],
    ],
  ],
  [
    'another event has the same number',
    (m) => [
      [m.event(1), null],
      [m.other(1), 'SEQUENCE_TAKEN'],
      [m.event(2), 'ORDER_WAITS'],
    ],
  ],
  [
    LATER_MAJOR,
    (m) => [
      [m.event(1), null],
      [m.ofMajor(m.contract.version + 1), 'VERSION_NEWER'],
    ],
  ],
  [
    'a contract that is not read',
    (m) => [
      [m.ofType('SomethingElseHappened'), 'TYPE_UNKNOWN'],
      [m.event(1), null],
    ],
  ],
  [
    'no value',
    (m) => [
      [{ ...m.event(1), value: null }, 'VALUE_ABSENT'],
      [m.event(2), 'ORDER_WAITS'],
    ],
  ],
  ['no JSON', (m) => [[{ ...m.event(1), value: '{"eventId":' }, 'EVENT_NOT_JSON']]],
  ['JSON, but no object', (m) => [[{ ...m.event(1), value: '[]' }, 'EVENT_NOT_JSON']]],
  ['another content type', (m) => [[m.with(m.event(1), { 'content-type': 'text/xml' }), 'CONTENT_TYPE_UNKNOWN']]],
  ['another key than the value says', (m) => [[{ ...m.event(1), key: orderKey(999_999) }, 'EVENT_CONTRADICTORY']]],
  [
    'an id in the headers that is another',
    (m) => [[m.with(m.event(1), { ce_id: m.event(2).headers['ce_id'] ?? '' }), 'EVENT_CONTRADICTORY']],
  ],
  ['no word of what it is', (m) => [[m.untyped(), 'EVENT_UNTYPED']]],
  ['without headers', (m) => [[{ ...m.event(1), headers: {} }, null]]],
  ['the prefix of a schema registry', (m) => [[m.prefixed(), null]]],
  ['CloudEvents in structured mode', (m) => [[m.structured(), null]]],
];

class Making {
  #order = 0;
  #offset = 100_000;

  constructor(
    readonly contract: PublishedContract,
    readonly seed: string,
  ) {}

  trouble(what: string, make: (make: Making) => Made): Trouble {
    this.#order += 1;
    const made = make(this);
    return { what, records: made.map(([record]) => record), codes: made.map(([, code]) => code) };
  }

  get #key(): string {
    return orderKey(500_000 + this.#order);
  }

  event(sequence: number): MockRecord {
    this.#offset += 1;
    const parts = { key: this.#key, sequence, offset: this.#offset, seed: `${this.seed}/${this.#key}/${sequence}` };
    return mockRecord(this.contract, parts);
  }

  /** The same at another place. */
  moved(record: MockRecord): MockRecord {
    this.#offset += 1;
    return { ...record, offset: String(this.#offset) };
  }

  with(record: MockRecord, headers: Readonly<Record<string, string>>): MockRecord {
    return { ...record, headers: { ...record.headers, ...headers } };
  }

  /** Another event, with the same number. */
  other(sequence: number): MockRecord {
    const fields = this.#fields(this.event(sequence + 1_000));
    return this.#again({ ...fields, sequence });
  }

  ofMajor(schemaVersion: number): MockRecord {
    const record = this.#again({ ...this.#fields(this.event(1)), schemaVersion });
    const type = this.contract.type.replace(/\d+$/, String(schemaVersion));
    return this.with(record, { ce_type: type });
  }

  ofType(eventType: string): MockRecord {
    const record = this.#again({ ...this.#fields(this.event(1)), eventType });
    return this.with(record, { ce_type: `${eventType}.v1` });
  }

  untyped(): MockRecord {
    const named = Object.entries(this.#fields(this.event(1))).filter(([name]) => name !== 'eventType');
    const record = this.#again(Object.fromEntries(named));
    const headers = Object.entries(record.headers).filter(([name]) => name !== 'ce_type');
    return { ...record, headers: Object.fromEntries(headers) };
  }

  /** Magic byte, and an id of four bytes. */
  prefixed(): MockRecord {
    const record = this.with(this.event(1), { 'content-type': 'application/octet-stream' });
    return { ...record, value: `\u0000\u0000\u0000\u0000\u0007${record.value ?? ''}` };
  }

  structured(): MockRecord {
    const { headers, ...record } = this.event(1);
    const attributes = Object.entries(headers).filter(([name]) => name.startsWith('ce_'));
    const envelope = {
      ...Object.fromEntries(attributes.map(([name, value]) => [name.slice('ce_'.length), value])),
      ...{ datacontenttype: 'application/json', data: this.#fields(record) },
    };
    return {
      ...{ ...record, value: JSON.stringify(envelope) },
      headers: { 'content-type': 'application/cloudevents+json; charset=UTF-8' },
    };
  }

  #fields({ value }: Pick<MockRecord, 'value'>): Record<string, Json> {
    return JSON.parse(value ?? '{}') as Record<string, Json>;
  }

  #again(fields: Readonly<Record<string, Json>>): MockRecord {
    this.#offset += 1;
    return recordOf(this.contract, { key: this.#key, sequence: 1, offset: this.#offset, seed: this.seed }, fields);
  }
}
