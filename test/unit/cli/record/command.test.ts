/** What `dragoman record` is told, and what it says before it reads. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../support/command.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dragoman-record-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const retailer = fileURLToPath(new URL('../../../../rules', import.meta.url));

describe('the command', () => {
  it.each<[string, readonly string[], RegExp]>([
    ['needs topics', [], /Say which topics: --prefix/],
    ['takes one of two filters', ['--prefix', 'x', '--transactions', '1', '--aggregates', 'order:1'], /not both/],
    [
      'needs an aggregate of the rules',
      ['--prefix', 'x', '-r', retailer, '--aggregates', 'basket:1'],
      /basket:1 names no aggregate/,
    ],
    [
      'needs classes that there are',
      ['--prefix', 'x', '--redact', 'payment'],
      /--redact payment: there is no such class; there are classed, personal, secret, undeclared, none/,
    ],
    ['needs the rules to know what belongs to one', ['--prefix', 'x', '--aggregates', 'order:1'], /name their folder/],
  ])('%s', async (_, options, text) => {
    const config = join(folder, 'dragoman.yaml');
    writeFileSync(config, 'rules: nowhere\n');
    const { code, err } = await run(['record', join(folder, 'x.ndjson'), '-c', config, ...options]);
    expect([code, err]).toEqual([2, expect.stringMatching(text)]);
    expect(readdirSync(folder)).toEqual(['dragoman.yaml']);
  });

  it.each<[string, readonly string[], string | null]>([
    ['the rules', ['-r', retailer], `which columns have a class the rules in ${retailer} say`],
    ['guessing by names', [], 'what is personal or secret is guessed by the names of columns'],
    ['nobody, when nothing is redacted', ['--redact', 'none'], null],
  ])('says that it is %s by whom columns are classed', async (_, options, words) => {
    const config = join(folder, 'dragoman.yaml');
    writeFileSync(config, 'rules: nowhere\n');
    const unreachable = ['--prefix', 'x', '--brokers', 'localhost:1'];
    const { code, err } = await run(['record', join(folder, 'x.ndjson'), '-c', config, ...unreachable, ...options]);
    expect(code).toBe(5);
    if (words === null) expect(err).not.toContain('personal');
    else expect(err).toContain(words);
  });
});
