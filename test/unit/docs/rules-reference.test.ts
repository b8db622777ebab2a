/** The rule set of docs/rules-reference.md holds together, and its tests say what the page says; the event that it shows is a real one. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventHeaders } from '../../../src/translate/publish/event.js';
import { projectDirectory } from '../../stack/directories.js';
import { blocksOf } from '../../support/docs/page.js';
import { checkedPage, placedRules, testsIn } from '../../support/docs/placed-rules.js';

const blocks = blocksOf('rules-reference.md');
const root = (path: string): string => join(projectDirectory, path);

let folder: string;
beforeAll(() => (folder = placedRules(blocks)));
afterAll(() => rmSync(folder, { recursive: true }));

describe('docs/rules-reference.md', () => {
  it('has rules that hold together, of good types, whose tests pass', async () => {
    writeFileSync(join(folder, 'rules', 'event.test.ts'), EVENT_TEST);
    const { findings, words } = await checkedPage(folder);
    expect(findings).toEqual([]);
    const count = testsIn(blocks);
    expect(count).toBeGreaterThan(8);
    expect(words).toContain(`tests: ${count + 1}`);
  });

  it('lists every header of an event', () => {
    const page = readFileSync(root('docs/rules-reference.md'), 'utf8');
    const listed = [...page.matchAll(/^\| `(ce_\w+|content-type)` /gm)].map(([, name]) => name);
    const metadata = { eventId: '', occurredAt: '', sequence: 1, correlationId: '', causationId: '' };
    expect(listed).toEqual(Object.keys(eventHeaders(metadata, { key: '', type: '', source: '', digest: '' })));
  });
});

/** Beside those of the page: the event that it shows. */
const EVENT_TEST = `
import { given } from 'dragoman/testing';
import { expect, it } from 'vitest';
import rules from './index.js';
import { jobStep } from './tables/job-step.js';

it('is the event of the page', () => {
  const step = { depot: 'HH', job_no: 17, step_no: 1, fee: '12.50', done: false };
  const { events } = given(rules)
    .transaction((t) => t.insert(jobStep, step))
    .transaction((t) => t.update(jobStep, { ...step, done: true }));
  expect(events.map(({ value }) => JSON.stringify(value))).toEqual([JSON.stringify(EVENT)]);
});

const EVENT = ${blocks.find(({ language }) => language === 'json')?.text ?? ''};
`;
