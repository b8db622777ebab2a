/** `npm test` names whatever failed, and its last line is the totals and nothing else. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { projectDirectory } from '../../stack/directories.js';

const CONFIG = `export default { test: { projects: [
  { test: { name: 'unit', globals: true, include: ['unit/*.test.js'] } },
  { test: { name: 'integration', globals: true, include: ['integration/*.test.js'], globalSetup: ['./stack.js'] } },
] } }`;
const GREEN = {
  'vitest.config.mjs': CONFIG,
  'stack.js': 'export default () => undefined',
  'unit/one.test.js': `it('passes', () => undefined); it['skip']('is left out', () => undefined)`,
  'integration/two.test.js': `it('passes', () => undefined)`,
};
const RUN_MAX_MS = 120_000;

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

/** Of a project with these files. @returns what it says of failures and totals, and its exit code. */
function npmTest(files: Readonly<Record<string, string>>): { said: string[]; exitCode: number | null } {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-runner-'));
  folders.push(folder);
  for (const [name, text] of Object.entries({ ...GREEN, ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const script = join(projectDirectory, 'scripts', 'test.mjs');
  const { stdout, status } = spawnSync(process.execPath, [script, folder], { encoding: 'utf8' });
  const lines = stdout.split('\n');
  expect(lines.pop()).toBe('');
  return { said: lines.slice(lines.lastIndexOf('') + 1), exitCode: status };
}

describe('npm test', () => {
  it('says nothing but the totals when all is well', { timeout: RUN_MAX_MS }, () => {
    expect(npmTest({})).toEqual({ said: ['2 passed, 0 failed, 1 skipped'], exitCode: 0 });
  });

  it('names whatever failed, and counts it', { timeout: RUN_MAX_MS }, () => {
    const throwing = (text: string): string => `() => { throw new Error('${text}\\nmore words') }`;
    const { said, exitCode } = npmTest({
      'unit/set-up.test.js': `describe('a suite', () => {
        beforeAll(${throwing('no broker answers')});
        it('never runs', () => undefined);
        describe('with another', () => it('never runs', () => undefined));
      })`,
      'unit/tear-down.test.js': `describe('a suite', () => { afterAll(${throwing('left')}); it('runs', () => undefined) })`,
      'unit/test.test.js': `it('is wrong', ${throwing('1 is not 2')})`,
      'unit/broken.test.js': `import './nothing.js'; it('never runs', () => undefined)`,
      'unit/leak.test.js': `it('leaks', () => {
        setTimeout(() => Promise.reject(new Error('nobody waited')), 0);
        return new Promise((resolve) => setTimeout(resolve, 50));
      })`,
      'stack.js': `export default ${throwing('the stack did not start')}`,
    });
    expect(said.slice(0, -1).sort()).toEqual([
      'failed: integration: set-up of all tests: the stack did not start',
      'failed: unit: Unhandled Rejection: nobody waited',
      expect.stringMatching(/^failed: unit: file does not load: unit\/broken\.test\.js: .*nothing\.js/) as unknown,
      'failed: unit: set-up (2 skipped): unit/set-up.test.js > a suite: no broker answers',
      'failed: unit: tear-down: unit/tear-down.test.js > a suite: left',
      'failed: unit: test: unit/test.test.js > is wrong: 1 is not 2',
    ]);
    expect(said.at(-1)).toBe('3 passed, 6 failed, 3 skipped');
    expect(exitCode).toBe(1);
  });

  it('names a run that ended without a word, or without a test', { timeout: RUN_MAX_MS }, () => {
    const { said, exitCode } = npmTest({
      'unit/kill.test.js': `it('ends everything', () => { process.kill(process.ppid, 'SIGKILL') })`,
      'integration/two.test.js': `it['skip']('is left out', () => undefined)`,
    });
    expect(said).toEqual([
      'failed: unit: run: nothing was reported: it was ended by SIGKILL; its own words are above',
      'failed: integration: run: no test passed: it ended with exit code 0',
      '0 passed, 2 failed, 1 skipped',
    ]);
    expect(exitCode).toBe(1);
  });
});
