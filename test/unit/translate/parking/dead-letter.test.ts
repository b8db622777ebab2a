/** Dead letters as a consumer meets them that knows the conventions of Kafka Connect and Spring Kafka, and nothing of this code. */
import { describe, expect, it } from 'vitest';
import { batchBytes, RECORD_BYTES_MAX, RECORD_BYTES_MIN } from '../../../../src/domain/record-size.js';
import type { Refusal } from '../../../../src/domain/refusal.js';
import { EMPTY_STATE } from '../../../../src/domain/state/aggregate-state.js';
import { type DeadLetter, deadLetter, rowDeadLetter } from '../../../../src/translate/parking/dead-letter.js';
import { severityOf } from '../../../../src/translate/parking/severity.js';
import { changeEvent, changeSet, rowChange, SETTINGS } from '../examples.js';
import { library } from '../library.js';

const rules = library();
const LETTERS = { ...SETTINGS, bytesMax: RECORD_BYTES_MAX };
const unknownCode: Refusal = { code: 'CODE_UNKNOWN', text: 'l.book.kind has the code "X"' };
const row = { id: '4711', status: 'open', reader: 'Ada', pin: '1234', remarks: null, undeclared: 'x' };
const place = (offset: number) => ({ partition: 'legacy.l.loan/2', offset });
const changes = [
  rowChange({ table: 'l.loan', key: '4711', op: 'c', row }),
  rowChange({
    table: 'l.book',
    key: '4711/2',
    op: 'u',
    refusal: unknownCode,
    place: { partition: 'legacy.l.book/0', offset: 41 },
  }),
];
const letterOf = (id = '4711'): DeadLetter =>
  deadLetter(changeSet({ aggregate: 'loan', id, changes, place: place(7) }), unknownCode, 'high', rules, LETTERS);

/** What the conventions promise, read by their names alone. */
function readByConvention({ headers, value }: Pick<DeadLetter, 'headers' | 'value'>) {
  const texts = new Map(Object.entries(headers));
  const connect = (name: string): string | undefined => texts.get(`__connect.errors.${name}`);
  return {
    topic: connect('topic'),
    partition: Number(connect('partition')),
    offset: Number(connect('offset')),
    exception: connect('exception.class.name'),
    text: connect('exception.message'),
    spring: ['original-topic', 'exception-fqcn', 'exception-message'].map((name) => texts.get(`kafka_dlt-${name}`)),
    isJson: texts.get('content-type') === 'application/json',
    value: JSON.parse(value) as Record<string, unknown>,
  };
}

describe('a dead letter', () => {
  it('tells where the record stands that could not be applied, and why, to whoever knows the conventions', () => {
    const { value, ...known } = readByConvention(letterOf());
    expect(known).toEqual({
      ...{ topic: 'legacy.l.book', partition: 0, offset: 41, isJson: true },
      ...{ exception: 'dragoman.CODE_UNKNOWN', text: unknownCode.text },
      spring: ['legacy.l.book', 'dragoman.CODE_UNKNOWN', unknownCode.text],
    });
    expect(value).toMatchObject({
      ...{ schema: 'dragoman.dead-letter@1', aggregate: 'loan', id: '4711', severity: 'high', refusal: unknownCode },
      original: { topic: 'legacy.l.book', partition: 0, offset: 41 },
      redrive: 'dragoman parked retry loan 4711',
    });
  });

  it('names the first record of the change set when all of them could be read', () => {
    const set = changeSet({ aggregate: 'loan', changes: changes.slice(0, 1), place: place(7) });
    const letter = deadLetter(set, { code: 'RULE_THREW', text: 'x' }, null, rules, LETTERS);
    expect(readByConvention(letter)).toMatchObject({ topic: 'legacy.l.loan', partition: 2, offset: 7 });
    expect(letter.headers['dragoman.dlq.severity']).toBe('none');
  });

  it('names none when there is none', () => {
    const letter = deadLetter(changeSet({ changes: [] }), unknownCode, null, rules, LETTERS);
    expect(readByConvention(letter)).toMatchObject({ topic: undefined, value: { original: null } });
  });

  it('has texts in all headers, none of them long, and a command that a shell reads as it is meant', () => {
    const long = deadLetter(
      changeSet({ changes, id: "a b'c" }),
      { code: 'RULE_THREW', text: 'x'.repeat(5_000) },
      null,
      rules,
      LETTERS,
    );
    for (const text of Object.values(long.headers)) {
      expect(typeof text).toBe('string');
      expect(text.length).toBeLessThanOrEqual(1_000);
    }
    expect(long.headers['dragoman.dlq.redrive']).toBe(`dragoman parked retry order 'a b'\\''c'`);
  });

  describe('that would be larger than its topic takes', () => {
    const many = Array.from({ length: 300 }, (_, i) => ({ ...changes[0], key: String(i) })) as typeof changes;
    const set = changeSet({ aggregate: 'loan', id: '4711', changes: many, place: place(7) });
    const whole = deadLetter(set, unknownCode, 'high', rules, LETTERS);
    const bytes = batchBytes(whole);

    it('is whole up to the border', () => {
      expect(deadLetter(set, unknownCode, 'high', rules, { ...LETTERS, bytesMax: bytes })).toEqual(whole);
    });

    it('leaves the changes out beyond it, says how many, and keeps the place', () => {
      const cut = deadLetter(set, unknownCode, 'high', rules, { ...LETTERS, bytesMax: bytes - 1 });
      expect(cut.headers).toEqual(whole.headers);
      const [value, full] = [cut, whole].map((one) => JSON.parse(one.value) as Record<string, unknown>);
      expect(value).toEqual({ ...full, changes: [], changesLeftOut: 300 });
      expect(value?.original).toEqual({ topic: 'legacy.l.loan', partition: 2, offset: 7 });
    });

    it('fits into what every topic takes, however long keys and texts are', () => {
      const id = 'é'.repeat(500_000);
      const refusal = { code: 'RULE_THREW', text: 'x'.repeat(500_000) } as const;
      const cut = deadLetter({ ...set, id }, refusal, null, rules, { ...LETTERS, bytesMax: RECORD_BYTES_MIN });
      expect(batchBytes(cut)).toBeLessThanOrEqual(RECORD_BYTES_MIN);
      expect(readByConvention(cut)).toMatchObject({ topic: 'legacy.l.loan', partition: 2, offset: 7 });
    });
  });

  it('shows declared columns, personal and secret ones without values', () => {
    const letter = letterOf();
    const shown = JSON.parse(letter.value) as { changes: { row: unknown }[] };
    expect(shown.changes[0]?.row).toEqual({
      ...{ id: '4711', status: 'open', reader: '[personal]', pin: '[secret]', remarks: null },
    });
    expect(letter.key).toBe('4711');
    expect(letter.headers).toMatchObject({
      'dragoman.dlq.aggregate': 'loan:4711',
      'dragoman.dlq.error.code': 'CODE_UNKNOWN',
      'dragoman.dlq.severity': 'high',
      'dragoman.dlq.position': '72073152',
    });
  });

  it('is made for a row whose aggregate is not known, too', () => {
    const change = changeEvent({ table: 'l.loan', op: 'u', key: '4711', row });
    const letter = rowDeadLetter(change, { code: 'ROW_OWNER_UNKNOWN', text: 'x' }, rules, LETTERS);
    expect(letter.key).toBe('l.loan:4711');
    expect(letter.value).not.toContain('Ada');
    expect(readByConvention(letter)).toMatchObject({
      topic: 'legacy.l.loan',
      value: { aggregate: null, redrive: null },
    });
    expect(letter.headers).not.toHaveProperty('dragoman.dlq.aggregate');
  });
});

describe('severity', () => {
  const loan = rules.aggregates.get('loan');

  it('is the importance of the facts that may still happen', () => {
    expect(severityOf(loan, EMPTY_STATE)).toBe('high');
    const { facts, ...rest } = loan!;
    const closing = {
      ...rest,
      facts: facts.filter(({ definition }) => ['LoanClosed', 'LoanEmptied'].includes(definition.name)),
    };
    expect(severityOf(closing, EMPTY_STATE)).toBe('normal');
    expect(severityOf(closing, { fired: { LoanClosed: { '': 1 }, LoanEmptied: { '1': 2 } } })).toBe('low');
    const once = { ...rest, facts: closing.facts.slice(0, 1) };
    expect(severityOf(once, { fired: { LoanClosed: { '': 1 } } })).toBeNull();
  });

  it('of states that only keep rows is that of those who need them; without a rule there is none', () => {
    expect(severityOf({ ...loan!, facts: [], keeps: 'waiting' }, EMPTY_STATE)).toBe('high');
    expect(severityOf(undefined, EMPTY_STATE)).toBeNull();
  });
});
