import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadRules, unzippedRules } from '../../../src/adapters/files/rules-loader.js';
import type { DragomanError } from '../../../src/errors.js';

const retailer = fileURLToPath(new URL('../../../rules', import.meta.url));

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dragoman-rules-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

const write = (files: Readonly<Record<string, string>>) => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
};
const refusal = async (): Promise<DragomanError> => {
  const error: unknown = await loadRules(dir).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: 'RULES_INVALID', disposition: 'refuse' });
  return error as DragomanError;
};

describe('the digest', () => {
  it('is the same in another folder, and another when a rule is another', async () => {
    cpSync(retailer, dir, { recursive: true });
    const [here, there] = [await loadRules(dir), await loadRules(retailer)];
    expect(here.digest).toMatch(/^[0-9a-f]{16}$/);
    expect(here.digest).toBe(there.digest);

    const file = join(dir, 'facts/refund-initiated.ts');
    writeFileSync(file, readFileSync(file, 'utf8').replace("!== 'failed'", "=== 'done'"));
    expect((await loadRules(dir)).digest).not.toBe(here.digest);
  });
});

describe('the text of the rules', () => {
  /** Random, so zipped it has about three quarters of its characters. */
  const withTable = (chars: number): void => {
    cpSync(retailer, dir, { recursive: true });
    const file = join(dir, 'publications.ts');
    const table = randomBytes((chars / 4) * 3).toString('base64');
    writeFileSync(file, `${readFileSync(file, 'utf8')}\nif (Math.abs(1) > 1) throw new Error('${table}');`);
  };

  it('comes along zipped', async () => {
    const { bundle = '', digest } = await loadRules(retailer);
    expect(unzippedRules(bundle, digest)).toContain('RefundInitiated');
  });

  it('of nearly 1 MiB zipped is taken', async () => {
    withTable(1_360_000);
    const { bundle = '' } = await loadRules(dir);
    expect(Buffer.from(bundle, 'base64').length).toBeGreaterThan(1_000_000);
  });

  it('of more is refused, with the sizes and what to do', async () => {
    withTable(1_400_000);
    const { message } = await refusal();
    expect(message).toMatch(
      /zipped they have 1,0\d\d,\d{3} bytes, and at most 1,048,576 are kept .* lookup table \[RULES_TOO_LARGE\]/,
    );
  });
});

describe('the digest of rules that are mounted', () => {
  /** As Kubernetes mounts a ConfigMap: links into a folder that is another one after each change. */
  const mounted = (stamp: string): string => {
    const root = join(dir, stamp);
    mkdirSync(root);
    cpSync(retailer, join(root, `..${stamp}`), { recursive: true });
    symlinkSync(`..${stamp}`, join(root, '..data'));
    for (const name of readdirSync(join(root, `..${stamp}`))) symlinkSync(join('..data', name), join(root, name));
    return root;
  };

  it('is that of the same files anywhere else', async () => {
    const [there, first, second] = [
      await loadRules(retailer),
      await loadRules(mounted('1')),
      await loadRules(mounted('2')),
    ];
    expect(first.digest).toBe(there.digest);
    expect(second.digest).toBe(there.digest);
    symlinkSync(join(dir, '1'), join(dir, 'link'));
    expect((await loadRules(join(dir, 'link'))).digest).toBe(there.digest);
  });
});

describe('rules that do not load', () => {
  it('say in which file and line the syntax is broken', async () => {
    write({ 'index.ts': "import './a.js';\nexport default {};\n", 'a.ts': 'const a = 1;\nconst b = ;\n' });
    expect((await refusal()).message).toContain('a.ts:2');
  });

  it('are refused when they import something else', async () => {
    write({ 'index.ts': "import { readFileSync } from 'node:fs';\nexport default readFileSync;\n" });
    expect((await refusal()).message).toMatch(/index\.ts:1.*not "node:fs"/);
  });

  it.each([
    ['Date.now()', 'Date'],
    ['new Date()', 'Date'],
    ['Math.random()', 'Math.random'],
    ['process.env', 'process'],
    ['setTimeout(() => 1)', 'setTimeout'],
  ])('are refused when they use %s', async (use, name) => {
    write({ 'index.ts': `export const x = ${use};\nexport default x;\n` });
    const { message } = await refusal();
    expect(message).toContain(`rules are pure and do not have ${name}`);
    expect(message).toContain('index.ts');
  });

  it('are refused without a rule set, and without a folder', async () => {
    write({ 'index.ts': 'export default 1;\n' });
    expect((await refusal()).message).toContain('not a rule set');
    rmSync(join(dir, 'index.ts'));
    await refusal();
  });

  it.each([
    ['is made of nothing', '{ aggregates: [undefined], facts: [], publications: [] }'],
    ['has a publication of nothing', '{ aggregates: [], facts: [], publications: [{}] }'],
    ['throws when it is looked at', '{ aggregates: [{ get name() { throw null; } }], facts: [], publications: [] }'],
  ])('are refused when the rule set %s', async (_, text) => {
    write({ 'index.ts': `export default ${text};\n` });
    expect((await refusal()).message).toMatch(/index\.ts:1:1: rule set: cannot be looked at \(.*\[NOT_LOADABLE\]/s);
  });

  it('show every problem with its place', async () => {
    cpSync(retailer, dir, { recursive: true });
    const replace = (path: string, from: string, to: string) => {
      const file = join(dir, path);
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll(from, to));
    };
    replace('facts/refund-initiated.ts', "'RefundInitiated'", "'RefundChanged'");
    replace('contracts/refund-initiated.v1.ts', "amount: '24.95'", "amount: '24.9'");
    const { message, details } = await refusal();
    expect(message).toMatch(/facts\/refund-initiated\.ts:\d+:\d+: fact RefundChanged/);
    expect(message).toMatch(/contracts\/refund-initiated\.v1\.ts:\d+:\d+: contract RefundInitiated v1: its example/);
    expect(details['problems']).toHaveLength(2);
  });

  describe('name the place where the thing is declared', () => {
    const HEAD = `import { aggregate, legacy, many, one, ruleSet, table } from 'dragoman/rules';
const head = table('s.head', { key: ['id'], columns: { id: legacy.bigint() } });
const line = table('s.line', {
  key: ['no'],
  columns: {
    no: legacy.bigint(), // "id" is not here: it comes
    id: legacy.bigint(),
  },
});
`;
    const rulesOf = (text: string, end = 'aggregates: [order], facts: [], publications: []') =>
      write({ 'index.ts': `${HEAD}${text}\nexport default ruleSet({ ${end} });\n` });
    const first = async () => (await refusal()).message.split('\n')[1];

    it('a member', async () => {
      rulesOf(`const order = aggregate('order', {
  header: one(head, (row) => row.id),
  lines: many(line, (row) => row.id + 'x'),
});`);
      expect(await first()).toMatch(/^ {2}index\.ts:12:3: member lines of order: its key function/);
    });

    it('a column', async () => {
      rulesOf(`const order = aggregate('order', { header: one(head, (row) => row.id), odd: many(table('s.odd', {
  key: ['id'],
  columns: { id: legacy.bigint(), sum: legacy.decimal({ scale: -2 }) },
}), (row) => row.id) });`);
      expect(await first()).toMatch(/^ {2}index\.ts:12:35: column sum of s\.odd: its scale/);
    });

    it('a fact that has the name of its contract, and both of two that share a name', async () => {
      rulesOf(
        `const order = aggregate('order', { header: one(head, (row) => row.id) });
const one1 = order.each('header').inserted('Placed', { importance: 'low', data: () => ({}) });
const two = order.each('header').inserted('Placed', {
  importance: 'urgent', data: () => ({}) });`,
        'aggregates: [order], facts: [one1, two], publications: []',
      );
      const { message } = await refusal();
      expect(message).toContain(
        'index.ts:12:43: fact Placed: is declared twice (see also index.ts:11:35) [NAME_TWICE]',
      );
      expect(message).toContain('index.ts:13:3: fact Placed: its importance must be one of');
    });

    it('a function that throws while rules load', async () => {
      rulesOf(`const order = aggregate('order', {});
const x = ({} as any)
  .missing();`);
      expect(await first()).toMatch(/^ {2}index\.ts:12:4: rules: throws TypeError/);
    });

    it('an import of what is outside', async () => {
      write({
        'index.ts': "import './a.js';\nexport default 1;\n",
        'a.ts': "const a = 1;\nimport { x } from 'kafkajs';\nthrow x + a;\n",
      });
      expect(await first()).toMatch(
        /^ {2}a\.ts:2:19: rules: Rules import dragoman\/rules, zod and each other, not "kafkajs"/,
      );
    });
  });

  it('never show a path of this machine besides their own folder, nor one inside of a package', async () => {
    rmSync(dir, { recursive: true });
    const { message } = await refusal();
    mkdirSync(dir);
    expect(message).toBe(`The rules in ${dir} do not load:\n  rules: there is no folder ${dir} [NOT_LOADABLE]`);
    expect((await refusal()).message).toContain('rules: the folder has no index.ts [NOT_LOADABLE]');
  });
});
