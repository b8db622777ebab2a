/** docs/consuming.md names what there is: what it imports, what it calls, and which options it gives. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as consumer from '../../../src/consumer/index.js';
import { Inbox } from '../../../src/consumer/index.js';
import * as mocks from '../../../src/mocks/index.js';
import { blocksOf, textOf } from '../../support/docs/page.js';

const page = textOf('consuming.md');
const code = blocksOf('consuming.md')
  .map(({ text }) => text)
  .join('\n');

it('imports what the kit and the mocks export', () => {
  const imported = [...code.matchAll(/^import \{ ([^}]+) \} from 'dragoman\/(consumer|mocks)';$/gm)];
  expect(imported.map(([, , from]) => from)).toEqual(['consumer', 'mocks']);
  for (const [, names = '', from] of imported)
    for (const name of names.split(', '))
      expect(Object.keys(from === 'consumer' ? consumer : mocks), name).toContain(name);
});

it('calls methods that an inbox has', () => {
  const called = [...page.matchAll(/\binbox\.(\w+)/g)].map(([, name]) => name!);
  const inbox = new Inbox({ consumer: 'x', reads: [consumer.on(EXAMPLE, () => undefined)] });
  for (const name of called) expect(name in inbox, name).toBe(true);
  expect(new Set(called).size).toBeGreaterThan(5);
});

it('has the options and limits of the code', () => {
  const source = readFileSync('src/consumer/inbox.ts', 'utf8');
  for (const [, name = '', number = ''] of page.matchAll(/`(\w+)` (?:orders )?\(([\d,]+)\)/g)) {
    const constant = name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
    expect(source).toContain(`const ${constant} = ${number.replace(',', '_')};`);
  }
});

const EXAMPLE = consumer.exported(
  JSON.parse(readFileSync('rules/contracts/published/RefundInitiated.v1/contract.json', 'utf8')),
);
