/** docs/contract-changes.md names the codes that there are, and shows a consumer's file that is one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { CONSUMER_CODES, consumerSchema } from '../../../src/contracts/consumers.js';
import { LINTS } from '../../../src/contracts/lint/problem.js';
import { EVENT_BYTES_MAX, FIELDS_MAX } from '../../../src/contracts/lint/wire.js';
import { ERRORS } from '../../../src/errors.js';
import { RULE_PROBLEM_CODES } from '../../../src/rules/check/problem.js';
import { deprecationHeaders } from '../../../src/translate/publish/event.js';
import { projectDirectory } from '../../stack/directories.js';
import { blocksOf } from '../../support/docs/page.js';

const page = readFileSync(join(projectDirectory, 'docs', 'contract-changes.md'), 'utf8');
const listed = (pattern: RegExp): string[] => [...page.matchAll(pattern)].map(([, name = '']) => name);

it('lists what a contract may lack, with its limits', () => {
  const section = page.slice(page.indexOf('## What the contract itself lacks'), page.indexOf('A finding of this list'));
  expect([...section.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name]) => name)).toEqual(Object.keys(LINTS));
  expect(section).toContain(`more than ${EVENT_BYTES_MAX / 1_024} KiB, or more than ${FIELDS_MAX} fields`);
});

it("names what may be wrong with consumers' files, and shows one", () => {
  for (const code of CONSUMER_CODES) expect(page).toContain(`\`${code}\``);
  const [shown] = blocksOf('contract-changes.md').filter(({ language }) => language === 'yaml');
  expect(consumerSchema.parse(parse(shown?.text ?? '')).consumer).toBe('shipping');
});

it('lists the headers of a contract on its way out', () => {
  const headers = deprecationHeaders({ sunset: '2027-03-01', replacedBy: 'Ready.v2' }, '');
  expect(listed(/^\| `(ce_\w+)` /gm)).toEqual(Object.keys(headers));
  expect(page).toContain(`\`${String(headers['ce_deprecationsunset'])}\``);
});

it('names codes of errors that there are', () => {
  const section = page.slice(page.indexOf('## What is refused'));
  const codes = [...section.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name = '']) => name);
  expect(codes.length).toBeGreaterThan(3);
  expect(codes.filter((code) => !(code in ERRORS) && !(RULE_PROBLEM_CODES as string[]).includes(code))).toEqual([]);
});
