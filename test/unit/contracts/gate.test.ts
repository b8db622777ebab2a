/** The gate: what may be published, after all that was. */
import { describe, expect, it } from 'vitest';
import { gate, type Mode, type Published, type Verdict } from '../../../src/contracts/compatibility/gate.js';
import { changeText, touchedPath, whoText } from '../../../src/contracts/compatibility/verdict-words.js';
import { type Consumer, consumerProblems, touchedBy } from '../../../src/contracts/consumers.js';
import type { PublishedContract } from '../../../src/contracts/published.js';
import type { JsonSchema } from '../../../src/rules/contracts/json-schema.js';
import { type Promised, published } from '../../support/contracts/promised.js';

const TODAY = '2026-11-30';
const text: JsonSchema = { type: 'string' };
const whole: JsonSchema = { type: 'integer' };

const place = (from: string, ...contracts: PublishedContract[]): Published => ({
  from,
  isNewest: from === 'main',
  contracts,
});

function judged(before: Promised, now: Promised, mode: Mode = 'forward'): Verdict[] {
  return gate({ now: [published(now)], earlier: [place('main', published(before))], mode, today: TODAY });
}

const short = (verdicts: readonly Verdict[]) =>
  verdicts.map(({ code, path, weight }) => `${weight} ${code} ${path}`.trim());

describe('the promise around a schema', () => {
  it.each<[string, Promised, Promised, string]>([
    ['topic', {}, { topic: 'others' }, 'break TOPIC_CHANGED topic'],
    [
      'how often it comes',
      {},
      { cardinality: { aggregate: 'order', comes: 'each-row', of: 'lines' } },
      'break CARDINALITY_CHANGED cardinality',
    ],
    [
      'an aggregate that is called otherwise',
      {},
      { cardinality: { aggregate: 'salesOrder', comes: 'once', of: null } },
      'fine WORDS_CHANGED cardinality',
    ],
    ['its name on the wire', {}, { type: 'shop.OrderAccepted.v1' }, 'break EVENT_TYPE_CHANGED type'],
    ['a prefix', {}, { registry: 'prefix' }, 'break REGISTRY_CHANGED registry'],
    ['a prefix gone', { registry: 'prefix' }, {}, 'break REGISTRY_CHANGED registry'],
    ['a schema that is not named any more', { registry: 'header' }, {}, 'break REGISTRY_CHANGED registry'],
    ['a header more', {}, { registry: 'header' }, 'fine REGISTRY_CHANGED registry'],
    ['carried state', {}, { carries: 'notification' }, 'break CARRIES_LESS carries'],
    ['more state', { carries: 'notification' }, {}, 'fine CARRIES_MORE carries'],
    [
      'a reconciliation key gone',
      { reconciledBy: ['orderId', 'total'] },
      {},
      'break RECONCILIATION_WEAKENED reconciledBy',
    ],
    ['a reconciliation key more', {}, { reconciledBy: ['orderId', 'total'] }, 'fine RECONCILIATION_ADDED reconciledBy'],
    [
      'authority given away',
      field({}),
      field({ authority: { borrowedFrom: 'payments' } }),
      'break AUTHORITY_WEAKENED total',
    ],
    [
      'authority taken over',
      field({ authority: { borrowedFrom: 'payments' } }),
      field({}),
      'fine AUTHORITY_CHANGED total',
    ],
    ['a class gone', field({ class: 'personal' }), field({}), 'break CLASS_WEAKENED total'],
    ['a weaker class', field({ class: 'secret' }), field({ class: 'personal' }), 'break CLASS_WEAKENED total'],
    ['a class added', field({}), field({ class: 'personal' }), 'fine CLASS_ADDED total'],
    [
      'a field meant otherwise',
      field({ meaning: 'With tax.' }),
      field({ meaning: 'Without.' }),
      'fine WORDS_CHANGED total',
    ],
    ['stable no more', {}, { stability: 'experimental' }, 'break STABILITY_WEAKENED stability'],
    ['sunset brought forward', ended('2027-06-01'), ended('2027-03-01'), 'break SUNSET_SHORTENED sunset'],
    ['sunset put off', ended('2027-03-01'), ended('2027-06-01'), 'fine SUNSET_EXTENDED sunset'],
    ['a sunset taken back', { sunset: '2027-03-01' }, {}, 'fine SUNSET_EXTENDED sunset'],
    ['deprecated', {}, ended('2027-03-01'), 'fine STABILITY_CHANGED stability'],
    ['replaced by another', {}, { replacedBy: 'OrderAccepted.v2' }, 'fine REPLACEMENT_CHANGED replacedBy'],
    ['another owner', {}, { owner: 'sales' }, 'fine OWNER_CHANGED owner'],
    ['meaning in other words', {}, { meaning: 'Something else.' }, 'fine WORDS_CHANGED meaning'],
    ['a metadata field gone', {}, { value: without('sequence') } as Promised, 'break FIELD_REMOVED sequence'],
  ])('%s', (_, before, now, expected) => {
    expect(short(judged(before, now))).toEqual([expected]);
  });

  it('each reconciliation key that is gone is told', () => {
    const gone = judged({ reconciledBy: ['orderId', 'total', 'colour'] }, {});
    expect(gone.map(changeText)).toEqual([
      'reconciledBy cannot be reconciled by a field any more: was "total", is nothing',
      'reconciledBy cannot be reconciled by a field any more: was "colour", is nothing',
    ]);
  });

  it('a field that is gone is no name of the language', () => {
    const named = { properties: { constructor: text }, required: ['constructor'] };
    expect(short(judged(named, { properties: {} }))).toEqual(['break FIELD_REMOVED constructor']);
  });

  it('the key is the field and the promise', () => {
    expect(
      short(judged({}, { key: 'orderNo' }))
        .filter((each) => each.startsWith('break'))
        .sort(),
    ).toEqual([
      ...['break FIELD_REMOVED orderId', 'break KEY_CHANGED key', 'break RECONCILIATION_WEAKENED reconciledBy'],
    ]);
  });

  it('nothing is said of what did not change', () => {
    expect(judged({}, {})).toEqual([]);
  });
});

function field(said: Partial<PublishedContract['fields'][string]>): Promised {
  return { fields: { orderId: { authority: 'own', class: null }, total: { authority: 'own', class: null, ...said } } };
}

function ended(sunset: string): Promised {
  return { stability: 'deprecated', sunset };
}

function without(name: string): JsonSchema {
  const { value } = published();
  return {
    ...value,
    properties: Object.fromEntries(Object.entries(value.properties ?? {}).filter(([each]) => each !== name)),
    required: (value.required ?? []).filter((each) => each !== name),
  };
}

describe('a mode', () => {
  const [lacking, required] = [{ properties: {} }, { properties: { total: text }, required: ['total'] }];

  it.each<[Mode, string]>([
    ['forward', 'note'],
    ['backward', 'break'],
    ['full', 'break'],
  ])('%s: a field that events of before lack is a %s', (mode, weight) => {
    expect(short(judged(lacking, required, mode))).toEqual([`${weight} REQUIRED_FIELD_ADDED total`]);
  });

  it.each<[Mode, string]>([
    ['forward', 'break'],
    ['backward', 'note'],
    ['full', 'break'],
  ])('%s: a field that new events lack is a %s', (mode, weight) => {
    expect(short(judged(required, lacking, mode))).toEqual([`${weight} FIELD_REMOVED total`]);
  });

  it.each<Mode>(['forward', 'backward', 'full'])('%s: an optional field more breaks nobody', (mode) => {
    expect(short(judged(lacking, { properties: { total: text } }, mode))).toEqual(['fine FIELD_ADDED total']);
  });
});

describe('history', () => {
  const v1 = published({ properties: { total: text, colour: text } });
  const v2 = published({ properties: { total: text } });

  it('an event must be read by consumers of every version', () => {
    const now = published({ properties: { total: text } });
    const verdicts = gate({
      now: [now],
      earlier: [place('main', v2), place('main@1', v1)],
      mode: 'forward',
      today: TODAY,
    });
    expect(verdicts).toMatchObject([{ code: 'FIELD_REMOVED', path: 'colour', weight: 'break', since: 'main@1' }]);
  });

  it('a retired field does not come back as something else', () => {
    const now = published({ properties: { total: text, colour: whole } });
    const verdicts = gate({
      now: [now],
      earlier: [place('main', v2), place('main@1', v1)],
      mode: 'forward',
      today: TODAY,
    });
    expect(short(verdicts)).toEqual(['fine FIELD_ADDED colour', 'break FIELD_NAME_REUSED colour']);
  });

  it('what the newest version takes, because it was experimental, an earlier one need not', () => {
    const [stable, experimental] = [v2, published({ properties: { total: text }, stability: 'experimental' })];
    const verdicts = gate({
      now: [published({ properties: { total: whole } })],
      earlier: [place('main', experimental), place('main@1', stable)],
      mode: 'forward',
      today: TODAY,
    });
    expect(verdicts).toContainEqual(
      expect.objectContaining({ code: 'TYPE_CHANGED', weight: 'break', since: 'main@1', because: null }),
    );
  });

  it('it may come back as what it was', () => {
    const verdicts = gate({ now: [v1], earlier: [place('main', v2), place('main@1', v1)], mode: 'full', today: TODAY });
    expect(short(verdicts)).toEqual(['fine FIELD_ADDED colour']);
  });
});

describe('a contract', () => {
  const gone = (before: Promised) =>
    short(gate({ now: [], earlier: [place('main', published(before))], mode: 'forward', today: TODAY }));

  it('that is new breaks nobody', () => {
    const verdicts = gate({ now: [published()], earlier: [], mode: 'full', today: TODAY });
    expect(short(verdicts)).toEqual(['fine CONTRACT_ADDED']);
  });

  it('that is gone breaks, until its sunset is over', () => {
    expect(gone({})).toEqual(['break CONTRACT_REMOVED']);
    expect(gone(ended('2027-03-01'))).toEqual(['break CONTRACT_REMOVED']);
    expect(gone(ended(TODAY))).toEqual(['note CONTRACT_REMOVED']);
    expect(gone({ stability: 'experimental' })).toEqual(['note CONTRACT_REMOVED']);
  });

  it('that went long ago is not asked for once more', () => {
    const earlier = [place('main'), place('main@1', published())];
    expect(gate({ now: [], earlier, mode: 'full', today: TODAY })).toEqual([]);
  });

  it('that went after its sunset is not asked for by a place that has it from before', () => {
    const release = { ...place('release', published()), isNewest: true };
    const earlier = [place('main'), place('main@1', published(ended(TODAY))), release];
    expect(short(gate({ now: [], earlier, mode: 'forward', today: TODAY }))).toEqual(['note CONTRACT_REMOVED']);
  });

  it('with another name is another contract', () => {
    expect(short(judged({}, { name: 'OrderTaken' }))).toEqual(['fine CONTRACT_ADDED', 'break CONTRACT_REMOVED']);
  });

  it('of another major may be anything', () => {
    const [v1, v2] = [published(), published({ version: 2, topic: 'others', properties: { total: whole } })];
    const verdicts = gate({ now: [v1, v2], earlier: [place('main', v1)], mode: 'full', today: TODAY });
    expect(short(verdicts)).toEqual(['fine CONTRACT_ADDED']);
  });

  it('that was experimental may change', () => {
    expect(judged({ stability: 'experimental' }, { properties: { total: whole } })).toMatchObject([
      { code: 'TYPE_CHANGED', weight: 'note', because: 'the contract was experimental' },
      { code: 'STABILITY_CHANGED', weight: 'fine' },
    ]);
  });

  it.each(['TYPE_CHANGED', 'TYPE_CHANGED total'])('waives %s with a reason', (code) => {
    expect(judged({}, { properties: { total: whole }, waived: { [code]: 'Nobody reads it yet.' } })).toMatchObject([
      { code: 'TYPE_CHANGED', weight: 'note', because: 'waived: Nobody reads it yet.' },
    ]);
  });

  it('does not waive another place', () => {
    const waived = { 'TYPE_CHANGED colour': 'Nobody reads it yet.' };
    expect(short(judged({}, { properties: { total: whole }, waived }))).toEqual(['break TYPE_CHANGED total']);
  });
});

describe('consumers', () => {
  const consumer = (name: string, ...fields: string[]): Consumer => ({
    ...{ consumer: name, contact: `#${name}` },
    uses: [{ contract: 'OrderAccepted', version: 1, fields }],
  });
  const money = (amount: JsonSchema): Promised => ({
    properties: { payment: { type: 'object', properties: { amount, method: text } } },
  });
  const shipping = consumer('shipping', 'orderId');
  const billing = consumer('billing', 'orderId', 'payment.amount');
  const ledger = consumer('ledger', 'payment');

  it('are named when they break, and when they do not', () => {
    const [verdict] = judged(money(text), money(whole));
    if (verdict === undefined) throw new Error('nothing changed');
    const touched = touchedBy({ contract: verdict.contract, path: touchedPath(verdict) }, [shipping, billing, ledger]);
    expect(changeText(verdict)).toBe('payment.amount has another type: was "string", is "integer"');
    expect(whoText(verdict, touched)).toBe(
      'breaks consumers of OrderAccepted.v1 that read payment.amount: billing (#billing), ledger (#ledger); not touched: shipping',
    );
  });

  it('of another contract or major are neither', () => {
    const other = { ...billing, uses: [{ contract: 'OrderAccepted', version: 2, fields: ['payment.amount'] }] };
    expect(touchedBy({ contract: 'OrderAccepted.v1', path: 'payment.amount' }, [other])).toEqual({
      breaks: [],
      untouched: [],
    });
  });

  it('all break when the event goes elsewhere', () => {
    const [verdict] = judged({}, { topic: 'others' });
    if (verdict === undefined) throw new Error('nothing changed');
    expect(touchedBy({ contract: 'OrderAccepted.v1', path: touchedPath(verdict) }, [shipping, billing]).breaks).toEqual(
      [...[shipping, billing]],
    );
  });

  it('of a list break by each of its places', () => {
    const pair = (amount: JsonSchema): Promised => ({
      properties: { pair: { type: 'array', items: [{ type: 'object', properties: { amount } }] } },
    });
    const [verdict] = judged(pair(text), pair(whole));
    if (verdict === undefined) throw new Error('nothing changed');
    expect(verdict.path).toBe('pair[0].amount');
    const touched = touchedBy({ contract: verdict.contract, path: touchedPath(verdict) }, [
      consumer('a', 'pair[].amount'),
      consumer('b', 'pair[].colour'),
    ]);
    expect(touched.breaks.map(({ consumer: name }) => name)).toEqual(['a']);
  });

  it('a field whose name begins alike is another', () => {
    const touched = touchedBy({ contract: 'OrderAccepted.v1', path: 'total' }, [
      consumer('a', 'totalAmount'),
      consumer('b', 'total'),
    ]);
    expect(touched.breaks.map(({ consumer: name }) => name)).toEqual(['b']);
  });

  it('name what is there, or was', () => {
    const known = [published({ properties: { lines: { type: 'array', items: { type: 'object' } } } })];
    const wrong = {
      ...consumer('shipping', 'lines', 'sequence', 'weight'),
      uses: [
        ...consumer('', 'lines', 'sequence', 'weight').uses,
        { contract: 'OrderAccepted', version: 7, fields: ['orderId'] },
      ],
    };
    expect(consumerProblems([wrong, shipping], known)).toMatchObject([
      { code: 'CONSUMER_TWICE', consumer: 'shipping' },
      {
        code: 'CONSUMED_FIELD_UNKNOWN',
        text: 'uses the field weight of OrderAccepted.v1, which it does not have and never had',
      },
      { code: 'CONSUMED_CONTRACT_UNKNOWN', contract: 'OrderAccepted.v7' },
    ]);
  });
});
