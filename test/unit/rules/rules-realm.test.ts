/**
 * Ways in which a rule could reach the machine, tried one by one: what the loader refuses, what the realm does not have, and the one way
 * that is known to stay open, so that docs/security.md claims no more than holds.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadRules } from '../../../src/adapters/files/rules-loader.js';
import { askRule } from '../../../src/translate/ask.js';

const SECRET = 'canary-of-this-process';
let outside: string;
let dir: string;
beforeEach(() => {
  outside = mkdtempSync(join(tmpdir(), 'dragoman-realm-'));
  dir = join(outside, 'rules');
  mkdirSync(dir);
  writeFileSync(join(outside, 'secret.txt'), SECRET);
  writeFileSync(join(outside, 'secret.json'), JSON.stringify(SECRET));
  writeFileSync(join(outside, 'secret.ts'), `export default ${JSON.stringify(SECRET)};`);
  process.env['DRAGOMAN_TEST_CANARY'] = SECRET;
});
afterEach(() => {
  delete process.env['DRAGOMAN_TEST_CANARY'];
  rmSync(outside, { recursive: true });
});

/** What the loader says to rules that throw whatever they find. */
async function said(text: string): Promise<string> {
  writeFileSync(join(dir, 'index.ts'), text);
  const error: unknown = await loadRules(dir).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: 'RULES_INVALID' });
  return (error as Error).message;
}

/** Rules that throw what an expression gives. */
const finding = (expression: string): Promise<string> => said(`throw new Error('found ' + String(${expression}));`);

/** A function of rules that load, to be asked as often as one likes. */
async function asked(text: string): Promise<() => unknown> {
  writeFileSync(
    join(dir, 'index.ts'),
    `import { aggregate, compareTimes, decimal, legacy, one, ruleSet, table } from 'dragoman/rules';
     const t = table('s.t', { key: ['id'], columns: { id: legacy.bigint() } });
     const order = aggregate('order', { t: one(t, (r) => r.id) }, { context: { region: ${text} } });
     export default ruleSet({ aggregates: [order], facts: [], publications: [] });`,
  );
  const { rules } = await loadRules(dir);
  return () => rules.aggregates.get('order')?.context[0]?.of({});
}

describe('rules read no file of this machine', () => {
  it.each([
    ['a module of Node', "import { readFileSync } from 'node:fs'; throw readFileSync;"],
    ['the same without its scheme', "import fs from 'fs'; throw fs;"],
    ['a package', "import { Kafka } from 'kafkajs'; throw Kafka;"],
    ['a part of Dragoman', "import x from 'dragoman/testing'; throw x;"],
    ['a module by import()', "throw await import('node:fs');"],
    ['a module by require', "throw require('node:fs');"],
    ['a module by a name that is put together', "throw new Error(require(['node', 'fs'].join(':')));"],
    ['a property of every object', "throw new Error(require('constructor'));"],
    [
      'a module by import() of such a name',
      "const n = ['node', 'fs'].join(':'); import(n).catch(() => 0); throw new Error('late');",
    ],
    ['a text beside them', "import x from '../secret.txt'; throw new Error(x);"],
    ['JSON beside them', "import x from '../secret.json'; throw new Error(x);"],
    ['rules of somebody else', "import x from '../secret.ts'; throw new Error(x);"],
    ['an absolute path', "import x from '/proc/self/environ'; throw new Error(x);"],
    ['an address', "import x from 'https://example.com/x.ts'; throw new Error(x);"],
    ['code as data', "import x from 'data:text/javascript,export default 1'; throw new Error(x);"],
  ])('%s', async (_, text) => {
    const words = await said(text.replace(/^throw await (.*);$/, 'export const late = $1; throw new Error("late");'));
    expect(words).toMatch(/Rules import|rules import|Rules are \.ts files|Could not resolve|throws Error: late/);
    expect(words).not.toContain(SECRET);
  });

  it('a link out of their folder', async () => {
    symlinkSync(join(outside, 'secret.ts'), join(dir, 'inside.ts'));
    const words = await said("import x from './inside'; throw new Error(x);");
    expect(words).toContain('Rules are .ts files in their own folder');
    expect(words).not.toContain(SECRET);
  });

  it('where they are: there is no path in import.meta and the like', async () => {
    expect(await finding('JSON.stringify([import.meta, typeof __dirname, typeof __filename])')).toContain(
      'found [{},"undefined","undefined"]',
    );
  });
});

describe('rules have nothing of Node', () => {
  it.each([
    ['process', 'process.env'],
    ['global', 'global.process'],
    ['globalThis', 'globalThis.process'],
    ['Buffer', "Buffer.from('')"],
    ['fetch', "fetch('http://127.0.0.1')"],
    ['console', "console.log('x')"],
    ['Intl', 'new Intl.DateTimeFormat().format()'],
    ['eval', "eval('1')"],
    ['eval', "(0, eval)('this')"],
    ['Function', "new Function('return this')()"],
    ['Math.random', 'Math.random()'],
    ['SharedArrayBuffer', 'new SharedArrayBuffer(8)'],
  ])('using %s throws: %s', async (name, expression) => {
    expect(await finding(expression)).toContain(`rules are pure and do not have ${name}`);
  });

  it.each([
    ['Date', 'new Date().getTimezoneOffset()'],
    ['Date', "Date.parse('2026-01-01 10:00')"],
    ['performance', 'performance.now()'],
    ['crypto', 'crypto.randomUUID()'],
    ['WeakRef', 'new WeakRef({}).deref()'],
    ['FinalizationRegistry', 'new FinalizationRegistry(() => 1)'],
    ['Atomics', 'Atomics.load(new Int32Array(1), 0)'],
    ['Promise', 'Promise.resolve(1)'],
    ['Promise', '(async () => 1)()'],
    ['Promise', '(async () => { for await (const x of []) throw x; })()'],
    ['Promise', 'new (class { async x() { return 1; } })().x()'],
    ['RegExp.$1', "(/(a)/.exec('a'), RegExp.$1)"],
    ['RegExp.lastMatch', "(/(a)/.exec('a'), (RegExp as any).lastMatch)"],
    ['RegExp.input', "(/(a)/.exec('a'), (RegExp as any)['input'])"],
    ['String.prototype.localeCompare', "['b', 'a'].sort((a, b) => (a as any)[['locale', 'Compare'].join('')](b))"],
    ['String.prototype.toLocaleUpperCase', "('i' as any)[['toLocale', 'UpperCase'].join('')]()"],
    ['String.prototype.toLocaleLowerCase', "('I' as any)[['toLocale', 'LowerCase'].join('')]()"],
    ['Number.prototype.toLocaleString', "(1234.5 as any)[['toLocale', 'String'].join('')]()"],
    ['BigInt.prototype.toLocaleString', "(12n as any)[['toLocale', 'String'].join('')]()"],
    ['Array.prototype.toLocaleString', "([1] as any)[['toLocale', 'String'].join('')]()"],
    [
      'Object.getPrototypeOf(Int8Array.prototype).toLocaleString',
      "(new Int8Array(1) as any)[['toLocale', 'String'].join('')]()",
    ],
  ])('nor what differs between machines or runs: using %s throws: %s', async (name, expression) => {
    expect(await finding(expression)).toContain(`rules are pure and do not have ${name}`);
  });

  it.each(['(1234.5).toLocaleString()', "['b'].sort((a, b) => a.localeCompare(b))", "'i'?.['toLocaleUpperCase']()"])(
    'are told of it when they load: %s',
    async (expression) => {
      const text = `export const late = () => ${expression}; throw new Error('it ran');`;
      expect(await said(text)).toMatch(
        /index\.ts:1:\d+: rules: (toLocale\w+|localeCompare) follows the language .*compareTexts/,
      );
    },
  );

  it('but texts of one form, whole expressions and numbers', async () => {
    const pure =
      "['\u0061\u0308'.normalize('NFC').length, 'a-b'.replace(/-/g, '+'), (1234.5).toFixed(2), 'i'.toUpperCase()]";
    expect(await finding(`JSON.stringify(${pure})`)).toContain('found [1,"a+b","1234.50","I"]');
  });

  it('find no file of the machine in what they catch once they have loaded', async () => {
    const ask = await asked(
      `() => { try { null.x } catch (error) { throw error.stack + String(Error.captureStackTrace) } }`,
    );
    const stack = "TypeError: Cannot read properties of null (reading 'x')";
    expect(ask).toThrow(expect.toSatisfy((x) => x === `${stack}undefined`));
  });

  it.each([
    ['Date', '() => Date.now()'],
    ['globalThis', "() => new globalThis['Date']()"],
    ['Math.random', '() => Math.random()'],
    ['RegExp.$1', "() => (/(a)/.exec('a'), RegExp.$1)"],
  ])('and a parked order says which one they used when they were asked: %s', async (name, text) => {
    const ask = await asked(text);
    const words = () => askRule('region of the order', ask, String);
    expect(words).toThrow(
      `The region of the order threw NotPure: rules are pure and do not have ${name}. Correct the rule, then parked retry.`,
    );
  });

  it.each([
    [
      "() => decimal.plus('1.5', null)",
      'decimal.plus takes texts such as 12.50, and whole numbers, and was given null',
    ],
    ["() => compareTimes('1', '2')", 'compareTimes takes dates and instants as columns have them'],
  ])('and what a function of dragoman/rules does not take: %s', async (text, complaint) => {
    const ask = await asked(text);
    expect(() => askRule('region of the order', ask, String)).toThrow(
      `The region of the order threw TypeError: ${complaint}. Correct the rule, then parked retry.`,
    );
  });

  it('who calculates with decimals', async () => {
    const ask = await asked("() => decimal.sum(['0.10', '0.2'].map((price) => decimal.times(price, 3)))");
    expect(ask()).toBe('0.90');
  });

  it.each([
    "(() => 1).constructor('return process')()",
    "(function* () {}).constructor('return process')()",
    "[].constructor.constructor('return process')()",
    "Reflect.construct((() => 1).constructor, ['return process'])()",
  ])('code made of text does not run: %s', async (expression) => {
    expect(await finding(expression)).toContain('throws EvalError');
  });

  it.each([
    '(function () { return this; })()',
    '(() => this)()',
    "['process', 'require', 'WebSocket', 'navigator', 'URL'].map((name) => typeof ({} as any)[name]).find((t) => t !== 'undefined')",
    'typeof WebSocket === "undefined" ? undefined : WebSocket',
  ])('and no global is left to be found: %s', async (expression) => {
    expect(await finding(expression)).toMatch(/found (undefined|\[object Object\])/);
  });

  it('do not change the built-in objects of Dragoman', async () => {
    await said("(Array.prototype as any).broken = 1; (Object.prototype as any).broken = 1; throw new Error('done');");
    expect('broken' in [] || 'broken' in {}).toBe(false);
  });
});

describe('what is not held', () => {
  it('is malice: what rules are handed leads to the constructors of Dragoman itself', async () => {
    const way = "import { ruleSet } from 'dragoman/rules'; const make = ruleSet.constructor as any;";
    const words = await said(`${way} throw new Error(make('return process.env.DRAGOMAN_TEST_CANARY')());`);
    expect(words).toContain(SECRET);
  });
});
