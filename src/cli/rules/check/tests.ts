/** The tests of rules, run by the author's vitest in a process of its own. `given` runs the rules in the realm of production. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { type Finding, NOWHERE } from './finding.js';
import { fromHere, testFiles } from './source-rules.js';
import { resolved } from './types.js';

export interface TestedRules {
  /** How many tests ran. */
  readonly count: number;
  readonly findings: readonly Finding[];
}

/** @param isReplayed a recording runs through the rules too. */
export async function testedRules(root: string, isReplayed: boolean): Promise<TestedRules> {
  const files = testFiles(root).map((file) => join(root, file));
  if (files.length === 0) return { count: 0, findings: [withoutTests(root, isReplayed)] };
  const vitest =
    resolved(createRequire(join(root, 'index.ts')), 'vitest/package.json') ??
    resolved(createRequire(import.meta.url), 'vitest/package.json');
  if (vitest === null) return { count: 0, findings: [notRun('vitest is not installed', INSTALL)] };
  const out = mkdtempSync(join(tmpdir(), 'dragoman-tests-'));
  try {
    const words = await ran(join(dirname(vitest), 'vitest.mjs'), projectOf(root), [
      ...files,
      `--outputFile=${out}/tests.json`,
    ]);
    if (!existsSync(`${out}/tests.json`)) return { count: 0, findings: [notRun(lastLines(words), INSTALL)] };
    return outcome(root, JSON.parse(readFileSync(`${out}/tests.json`, 'utf8')));
  } finally {
    rmSync(out, { recursive: true });
  }
}

const INSTALL = 'npm install --save-dev vitest dragoman, or leave them out: --no-tests.';

const withoutTests = (root: string, isReplayed: boolean): Finding => ({
  ...{ kind: 'note', code: 'TESTS_MISSING', file: fromHere(root), line: null, column: null, about: 'tests' },
  text: isReplayed
    ? 'there are none beside the rules: what a recording gives is seen, and nobody says what it should give'
    : 'there are none beside the rules, so nothing was decided; whether a rule remembers something is only seen when it is asked',
  fix: `Write one with given(rules) of dragoman/testing${isReplayed ? '' : ', or check with --recording FILE'}.`,
});

const notRun = (text: string, fix: string): Finding => ({
  ...{ kind: 'finding', code: 'TESTS_NOT_RUN', ...NOWHERE, about: 'tests', text, fix },
});

/** Where the author's vitest finds its config. */
function projectOf(root: string): string {
  const isProject = (folder: string): boolean => PROJECT.some((file) => existsSync(join(folder, file)));
  for (let folder = root; folder !== dirname(folder); folder = dirname(folder)) if (isProject(folder)) return folder;
  return root;
}

const PROJECT = [
  ...['vitest.config', 'vite.config'].flatMap((name) => ['.ts', '.mts', '.js', '.mjs'].map((end) => `${name}${end}`)),
  'package.json',
];

/** Without the variables of a vitest around this, and without secrets. @returns what it said. A failed test is no failure of this. */
function ran(vitest: string, project: string, more: readonly string[]): Promise<string> {
  const args = [
    vitest,
    'run',
    '--root',
    project,
    '--reporter=json',
    '--passWithNoTests',
    '--coverage.enabled=false',
    ...more,
  ];
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_V8|TEST$|DRAGOMAN_)/.test(name)),
  );
  return new Promise((done) => {
    execFile(
      process.execPath,
      args,
      { cwd: project, env: { ...env, NO_COLOR: '1' }, maxBuffer: BYTES_MAX },
      (_, out, words) => done(`${out}\n${words}`),
    );
  });
}

const BYTES_MAX = 64 * 1024 * 1024;
const LINES_MAX = 12;
const lastLines = (words: string): string =>
  words
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^\s*at /.test(line) && !line.includes('node_modules'))
    .slice(-LINES_MAX)
    .join('\n');

const ranSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).nullish() }),
      ),
    }),
  ),
});

function outcome(root: string, json: unknown): TestedRules {
  const { testResults } = ranSchema.parse(json);
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = testResults.flatMap(({ name, status, message, assertionResults }) => {
    const each = assertionResults
      .filter((test) => test.status === 'failed')
      .map((test) => failure(root, name, `test "${test.fullName}"`, test.failureMessages?.[0] ?? ''));
    return status === 'failed' && each.length === 0 ? [failure(root, name, 'test file', message)] : each;
  });
  return { count: tests.length, findings: failed };
}

/** What vitest's report has of a test that took too long. */
const TIMED_OUT = 'Error: STACK_TRACE_ERROR';

function failure(root: string, file: string, about: string, thrown: string): Finding {
  const [words = '', ...stack] = thrown.split(/\n\s+at /);
  const frame = stack.map((line) => FRAME.exec(line)).find((found) => found?.[1]?.startsWith(root) === true);
  return {
    ...{ kind: 'finding', code: 'TEST_FAILED', file: fromHere(frame?.[1] ?? file), about },
    line: frame === undefined ? 1 : Number(frame?.[2]),
    column: frame === undefined ? 1 : Number(frame?.[3]),
    text:
      words === TIMED_OUT
        ? 'it did not end in the time that vitest gives a test (testTimeout)'
        : withoutPackages(words),
    fix: /Cannot find (package|module)|Failed to resolve/.test(words)
      ? INSTALL
      : 'Correct the rule, or what the test expects; why() of a scenario says what was decided.',
  };
}

const FRAME = /(?:\(|^)(?:file:\/\/)?(\/.*|[A-Za-z]:\\.*?):(\d+):(\d+)\)?$/;

/** The words of an assertion begin with its class. */
const withoutPackages = (words: string): string =>
  words
    .replace(/^AssertionError(?: \[\w+\])?: /, '')
    .split('\n')
    .filter((line) => !line.includes('node_modules'))
    .join('\n');
