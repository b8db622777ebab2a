/** docs/first-rule.md word for word: from an empty folder with nothing but the packed package and a recording to a tested event. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RulesDiff } from '../../src/cli/rules/diff/rules-diff.js';
import { projectDirectory } from '../stack/directories.js';
import { blocksOf, place } from '../support/docs/page.js';
import { repeated } from '../support/recorded/repeated.js';

const folder = mkdtempSync(join(tmpdir(), 'dragoman-first-rule-'));
const packed = join(folder, 'packed');
const own = join(folder, 'own');
const MINUTES_MAX = 10;

beforeAll(() => {
  mkdirSync(packed);
  mkdirSync(own);
  const { said } = ran(`npm pack --silent --pack-destination ${packed}`, projectDirectory);
  const file = said.trim().split('\n').at(-1) ?? '';
  copyFileSync(join(packed, file), join(own, file));
  copyFileSync(join(projectDirectory, 'test/recordings/postgres/01-lifecycle.ndjson'), join(own, 'recording.ndjson'));
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true }));

it(
  'docs/first-rule.md gives a tested event of its own',
  () => {
    let said = '';
    for (const block of blocksOf('first-rule.md')) {
      place(block, own);
      if (block.language === 'sh') said = ran(block.text, own).said;
      if (block.language === 'text') for (const line of linesOf(block.text)) expect(said).toMatch(line);
    }
    expect(ran('grep --count PaymentCaptured events.ndjson', own).said.trim()).toBe('13');
  },
  MINUTES_MAX * 60_000,
);

it('compares rules over a long recording, each of the two on a thread of its own', async () => {
  for (const [name, lives] of [
    ['one', 1],
    ['long', LIVES],
  ] as const) {
    const file = createWriteStream(join(own, `${name}.ndjson`));
    for (const record of repeated('postgres/01-lifecycle', lives)) file.write(`${JSON.stringify(record)}\n`);
    await once(file.end(), 'finish');
  }
  ran("cp -r rules changed && sed -i '/it takes money/d' changed/facts/payment-captured.ts", own);
  const diff = 'npx dragoman rules diff --from rules --to changed --beginning empty --json --recording';
  const [one, long] = ['one.ndjson', 'long.ndjson'].map((recording) => {
    const { said } = ran(`${diff} ${recording} || test $? -eq 3`, own);
    return JSON.parse(said.split('\n').find((line) => line.startsWith('{')) ?? '{}') as RulesDiff;
  });
  expect(long?.records).toBeGreaterThan(100_000);
  const [few, many] = [one, long].map((each) => each?.contracts[0]);
  expect(many?.counts.added).toBe((few?.counts.added ?? 0) * LIVES);
  const reason = '"it takes money" did not hold in rules (the other does not ask it)';
  expect(many?.differences[0]).toMatchObject({ kind: 'added', reason });
}, 600_000);

/** More than 100,000 records. */
const LIVES = 300;

/** What a reader is told to see; `...` stands for anything. */
const linesOf = (text: string): RegExp[] =>
  text
    .trim()
    .split('\n')
    .map(
      (line) =>
        new RegExp(
          line
            .split('...')
            .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
            .join('.*'),
        ),
    );

/** As a person types it. @returns both streams. */
function ran(commands: string, cwd: string): { readonly said: string } {
  // What npm and vitest around this say of themselves is not for what a person starts.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|VITEST|NODE_ENV|TEST$)/.test(name)),
  );
  const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', commands], {
    ...{ cwd, encoding: 'utf8', env: { ...env, NO_COLOR: '1' } },
  });
  const said = `${stdout}\n${stderr}`;
  expect(status, said).toBe(0);
  return { said };
}
