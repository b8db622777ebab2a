/** What an author promises of fields and of the life of a contract: each thing that is no promise is told, with the word at which it stands. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkRuleSet } from '../../../../src/rules/check/check.js';
import { noteProblems } from '../../../../src/rules/check/notes.js';
import { contract, publish } from '../../../../src/rules/index.js';
import {
  placed,
  placedRules,
  placedV1,
  problemsOf,
  prose,
  publication,
} from '../../../support/sources/placed-orders.js';

const withContract = (parts: object) =>
  problemsOf({ publications: [{ ...publication, contract: { ...placedV1, ...parts } }] });
const placedV2 = contract('OrderPlaced', 2, { ...prose, data: z.object({ b: z.int() }), example: { b: 1 } });
const both = (parts: object) => [
  { ...publication, contract: { ...placedV1, ...parts } },
  publish(placed).as(placedV2, ({ data }) => ({ b: data.a })),
];

const NESTED = {
  data: z.object({ lines: z.array(z.object({ sku: z.string(), to: z.object({ country: z.string() }).nullable() })) }),
  example: { lines: [] },
};

describe('what a contract promises', () => {
  it('needs no words, and may have all of them', () => {
    const parts = {
      ...NESTED,
      fields: {
        orderId: { class: 'personal' },
        lines: { meaning: 'All of them.' },
        'lines[].sku': { meaning: 'The article.', authority: { borrowedFrom: 'catalogue' } },
        'lines[].to.country': { authority: 'own', class: 'x-1' },
      },
      ...{ carries: 'notification', reconciledBy: ['lines'], sunset: '2099-12-31', replacedBy: 'OrderPlaced.v2' },
      waived: {
        PAYLOAD_LARGE: 'Readers asked for all of it.',
        'LEGACY_NAME_ON_WIRE lines[].sku': 'The word of the trade.',
      },
    };
    expect(problemsOf({ publications: both(parts) })).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['a word for what it carries', { carries: 'all' }, 'carries is "all", not notification or state'],
    ['a stability', { stability: 'done' }, 'stability is "done", not experimental, stable, deprecated'],
    ['a day', { sunset: '30.06.2027' }, 'sunset is "30.06.2027", not a day as 2027-06-30'],
    ['a day of the calendar', { sunset: '2027-02-30' }, 'sunset is "2027-02-30", not a day'],
    [
      'an end while it is stable',
      { sunset: '2099-01-01', stability: 'stable' },
      'it has sunset, so it is on its way out',
    ],
    ['itself in its place', { replacedBy: 'OrderPlaced.v1' }, 'it cannot take its own place'],
    [
      'a contract that is not there',
      { replacedBy: 'OrderPut.v1' },
      'replacedBy is "OrderPut.v1", and the rules publish no such contract: OrderPlaced.v1',
    ],
    ['a field that is not there', { fields: { b: {} } }, 'there is no field "b": orderId, a'],
    [
      'a field inside of another',
      { ...NESTED, fields: { 'lines.sku': {} } },
      'there is no field "lines.sku": orderId, lines, lines[].sku',
    ],
    ['no list of fields', { fields: [] }, 'fields must say by path'],
    ['a field without braces', { fields: { a: 'the number' } }, 'what is promised of a field stands in braces'],
    ['an empty meaning', { fields: { a: { meaning: ' ' } } }, 'its meaning is empty'],
    ['no authority', { fields: { a: { authority: 'theirs' } } }, "its authority must be 'own' or"],
    [
      'a class of other letters',
      { fields: { a: { class: 'Personal' } } },
      'its class "Personal" is no name of a class: at most 40 small letters',
    ],
    ['what nobody can compare by', { reconciledBy: ['b'] }, 'there is no field "b"'],
    ['no list to compare by', { reconciledBy: 'a' }, 'reconciledBy must be a list of fields'],
    ['no code', { waived: { 'names state facts': 'x' } }, 'waived has "names state facts", which is no code'],
    ['no reason', { waived: { PAYLOAD_LARGE: '' } }, 'PAYLOAD_LARGE is waived without a reason'],
    ['no reasons', { waived: ['PAYLOAD_LARGE'] }, 'waived must give reasons by code'],
    ['a topic that Kafka has none of', { topic: '..' }, '".." cannot be the name of a topic'],
  ])('is refused with %s', (_, parts, text) => {
    const [first = ''] = withContract(parts);
    expect(first).toContain(`CONTRACT_INVALID ${text}`);
  });

  it('speaks of the context of its aggregate', () => {
    expect(withContract({ fields: { market: {} } })[0]).toContain('there is no field "market"');
  });

  it('cannot repeat the whole in one of its fields', () => {
    const data = z.object({
      a: z.int(),
      get again() {
        return data.optional();
      },
    });
    expect(withContract({ data })[0]).toContain('CONTRACT_INVALID a field has the whole of the fields in it');
  });

  it('stands at the word of the declaration', () => {
    const rules = placedRules({ publications: [{ ...publication, contract: { ...placedV1, fields: { b: {} } } }] });
    expect(checkRuleSet(rules).map(({ about }) => about.word)).toEqual(['b']);
  });

  it('may keep a name that others know, with a reason', () => {
    const named = (parts: object) => withContract({ name: 'OrderUpdated', ...parts });
    expect(named({})[0]).toContain('NAME_SAYS_NOTHING');
    expect(named({ waived: { NAME_SAYS_NOTHING: 'Twelve teams read it since 2019.' } })).toEqual([]);
    expect(named({ name: 'orderUpdated', waived: { NAME_SAYS_NOTHING: 'x' } })[0]).toContain('NAME_SAYS_NOTHING');
  });
});

describe('the day of its end', () => {
  const rules = placedRules({ publications: both({ sunset: '2026-11-30' }) });
  const notes = (today: string) =>
    noteProblems(rules, [], today)
      .filter(({ code }) => code === 'SUNSET_PAST')
      .map(({ text, about }) => `${about.where}: ${text}`);

  it('is noted from then on, and no problem of the rules', () => {
    expect(checkRuleSet(rules)).toEqual([]);
    expect(notes('2026-11-29')).toEqual([]);
    expect(notes('2026-11-30')).toEqual([
      'contract OrderPlaced v1: its day was 2026-11-30, and the rules still publish it',
    ]);
  });
});
