/** Mistakes in rules, one by one: each is a finding or a note with its place, its code, a reason and a way out, and nothing else is said. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkedRules } from '../../../../src/cli/rules/check/check.js';
import { checkedConfig } from '../../../../src/cli/rules/check/config.js';
import { findingLines } from '../../../../src/cli/rules/check/finding.js';
import { Types } from '../../../../src/cli/rules/check/types.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const TPCC = here('../../../../bench/tpcc/rules');

interface Change {
  readonly file: string;
  from: string[];
  to: string[];
}

interface Expected {
  readonly code: string;
  readonly file: string;
  readonly at: string;
  readonly words: string;
}

interface Mistake {
  readonly what: string;
  readonly changes: Change[];
  readonly expected: Expected[];
  /** TypeScript says more that follows from it. */
  andMore: boolean;
}

const EXPECTED = /^! (\w+) (\S+) @ (.*) ~ (.*)$/;

function mistakeOf(block: string): Mistake {
  const [what = '', ...lines] = block.trimEnd().split('\n');
  const mistake: Mistake = { what: what.trim(), changes: [], expected: [], andMore: false };
  for (const line of lines) {
    if (line === '! and more') mistake.andMore = true;
    else if (line.startsWith('= ')) mistake.changes.push({ file: line.slice(2), from: [], to: [] });
    else if (line.startsWith('- ')) mistake.changes.at(-1)?.from.push(line.slice(2));
    else if (line.startsWith('+ ') || line === '+') mistake.changes.at(-1)?.to.push(line.slice(2));
    else {
      const [, code = '', file = '', at = '', words = ''] = EXPECTED.exec(line) ?? [];
      expect(code, line).not.toBe('');
      mistake.expected.push({ code, file, at, words });
    }
  }
  return mistake;
}

const mistakes = readFileSync(here('mistakes.txt'), 'utf8').split(/^# /m).slice(1).map(mistakeOf);

let folder: string;
let rules: string;
const types = new Types();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dragoman-mistakes-'));
  rules = join(folder, 'rules');
  writeFileSync(join(folder, 'outside.ts'), 'export const known = String;\n');
});
beforeEach(() => {
  rmSync(rules, { recursive: true, force: true });
  cpSync(TPCC, rules, { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

function make({ file, from, to }: Change): void {
  const path = join(rules, file);
  mkdirSync(dirname(path), { recursive: true });
  if (from.length === 0) return writeFileSync(path, `${to.join('\n')}\n`);
  const text = readFileSync(path, 'utf8');
  expect(text.split(from.join('\n')), `${file} has the text once`).toHaveLength(2);
  writeFileSync(
    path,
    text.replace(from.join('\n'), () => to.join('\n')),
  );
}

const checked = async () => (await checkedRules(rules, checkedConfig({ rules }), { tests: false }, types)).findings;

describe('dragoman check', () => {
  it('knows sixty mistakes, and has nothing to say to the rules without them', async () => {
    expect(mistakes.length).toBeGreaterThanOrEqual(60);
    expect(new Set(mistakes.map(({ what }) => what)).size).toBe(mistakes.length);
    expect(await checked()).toEqual([]);
  });

  it.each(mistakes.map((mistake) => [mistake.what, mistake] as const))(
    '%s',
    async (_, { changes, expected, andMore }) => {
      changes.forEach(make);
      const findings = await checked();
      const shown = findings.flatMap(findingLines).join('\n');
      const codes = findings.map(({ code }) => code).filter((code) => !andMore || !code.startsWith('TS'));
      const told = expected.map(({ code }) => code).filter((code) => !andMore || !code.startsWith('TS'));
      expect(codes.sort(), shown).toEqual(told.sort());
      for (const { code, file, at, words } of expected) {
        const isIn = (path: string | null) => file === '-' || (path !== null && resolve(path) === join(rules, file));
        const found = findings.find((one) => one.code === code && one.text.includes(words) && isIn(one.file));
        expect(found, `${code} ${file} ~ ${words}\n${shown}`).toBeDefined();
        if (found === undefined || file === '-') continue;
        expect(readFileSync(join(rules, file), 'utf8').split('\n')[(found.line ?? 0) - 1], shown).toContain(at);
        expect(found.column, shown).toBeGreaterThan(0);
      }
      for (const { fix, text } of findings) {
        expect(fix.length).toBeGreaterThan(10);
        expect(`${text}${fix}`).not.toMatch(/node_modules|\n\s+at /);
      }
    },
  );
});
