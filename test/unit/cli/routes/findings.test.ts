/** What operators are shown of findings in contract topics: as the pipeline wrote the dead letter. */
import { expect, it } from 'vitest';
import { foundIn } from '../../../../src/cli/routes/findings.js';
import { deadLetter, findingDeadLetter } from '../../../../src/translate/parking/dead-letter.js';
import { changeSet } from '../../translate/examples.js';

const RULES = { tables: new Map(), aggregates: new Map() } as never;
const SETTINGS = { digest: 'd', bytesMax: 1_000_000 };
const found = {
  finding: { code: 'INTRUDER_EPOCH', text: 'it is of epoch 1' } as const,
  ...{ producer: 'service:orders', key: '4711', place: { partition: 'orders.fulfillment/3', offset: 17 } },
  timestampMs: Date.parse('2026-03-01T00:00:00Z'),
};

it('a finding is where its record stands, by whom, and why', () => {
  const { key, value } = findingDeadLetter(found, RULES, SETTINGS);
  expect(foundIn(key, value)).toEqual({
    ...{ code: 'INTRUDER_EPOCH', topic: 'orders.fulfillment', partition: 3, offset: 17, key: '4711' },
    ...{ producer: 'service:orders', at: '2026-03-01T00:00:00.000Z', text: 'it is of epoch 1' },
  });
});

it('one that does not say who wrote it has no producer, and no key', () => {
  const { key, value } = findingDeadLetter({ ...found, producer: null, key: null }, RULES, SETTINGS);
  expect(foundIn(key, value)).toMatchObject({ producer: '', key: '' });
});

it('what parked is no finding, nor is what somebody else wrote', () => {
  const parked = changeSet({ id: '4711', changes: [] });
  const { key, value } = deadLetter(parked, { code: 'RULE_THREW', text: 't' }, null, RULES, SETTINGS);
  expect(foundIn(key, value)).toBeNull();
  for (const text of ['', 'null', '{', '7', '{"kind":"told"}', '{"kind":"told","original":{},"refusal":{"code":"x"}}'])
    expect(foundIn('', text)).toBeNull();
  const letter = JSON.parse(findingDeadLetter(found, RULES, SETTINGS).value) as object;
  expect(foundIn('', JSON.stringify(letter))).not.toBeNull();
  for (const origin of [undefined, null, { source: 'x' }, { source: 'x', commitTimeMs: 1.7e18 }])
    expect(foundIn('', JSON.stringify({ ...letter, origin }))).toBeNull();
});
