/** docs/ownership-protocol.md says what the code does: ids, shares, what it imports and calls, limits; and the example stands as it says. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { uuidOfName } from '../../../src/domain/event-id.js';
import { HANDOVER_TYPE } from '../../../src/domain/ownership/handover.js';
import { OCCURRENCE_HEADER, OWNERSHIP_EPOCH_HEADER, PRODUCER_HEADER } from '../../../src/domain/ownership/headers.js';
import { shareOf } from '../../../src/domain/ownership/route.js';
import * as producer from '../../../src/producer/index.js';
import { HEADER_COLUMNS } from '../../../src/producer/outbox/schema.js';
import { blocksOf, textOf } from '../../support/docs/page.js';

const page = textOf('ownership-protocol.md');

it('has the ids that the code derives', () => {
  const vectors = [...page.matchAll(/^\| `(\[.+\])` +\| `([0-9a-f-]{36})` +\|$/gm)];
  expect(vectors.length).toBeGreaterThan(4);
  for (const [, name = '', id] of vectors) expect(uuidOfName(JSON.stringify(JSON.parse(name))), name).toBe(id);
  const [, key = '', percent] = /`(\d+)` is at (\d+\.\d+) %/.exec(page) ?? [];
  expect(shareOf(key) / 100).toBe(Number(percent));
});

it('names headers and the type as they are', () => {
  for (const name of [PRODUCER_HEADER, OCCURRENCE_HEADER, OWNERSHIP_EPOCH_HEADER, HANDOVER_TYPE])
    expect(page).toContain(`\`${name}\``);
});

it('imports and calls what the kit exports, with its options and limits', () => {
  const code = blocksOf('ownership-protocol.md')
    .map(({ text }) => text)
    .join('\n');
  const [, names = ''] = /^import \{ ([^}]+) \} from 'dragoman\/producer';$/m.exec(code) ?? [];
  for (const name of names.split(', ')) expect(Object.keys(producer), name).toContain(name);
  const methods = Object.getOwnPropertyNames(producer.Outbox.prototype);
  for (const [, name = ''] of page.matchAll(/\boutbox\.(\w+)\(/g)) expect(methods).toContain(name);
  const source = readFileSync('src/producer/outbox/outbox.ts', 'utf8');
  const limits = [...page.matchAll(/`(\w+)` \(([\d,]+)\)/g)];
  expect(limits.length).toBe(3);
  for (const [, name = '', number = ''] of limits) {
    const constant = name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
    expect(source).toContain(`const ${constant} = ${number.replace(',', '_')};`);
  }
});

it('has an example whose connector is what the kit says, and whose table has what the connector reads', () => {
  const connector = JSON.parse(readFileSync('docs/examples/order-service/connector.json', 'utf8')) as Record<
    string,
    string
  >;
  expect(connector).toMatchObject(producer.outboxRouter());
  const places = connector['transforms.outbox.table.fields.additional.placement']!.split(',');
  const columns = places.map((place) => place.split(':')[0]!);
  for (const column of [...columns, 'payload', 'aggregatetype', 'position'])
    expect(producer.OUTBOX_SQL).toMatch(new RegExp(`^  ${column} `, 'm'));
  expect(columns).toEqual(expect.arrayContaining(Object.keys(HEADER_COLUMNS)));
});
