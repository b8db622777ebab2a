/**
 * Rules of style as tests: who may import whom, a pure core, no cycles, names, sizes, and pages that equal the code.
 * A rule that is in the way is changed here, in the open, not stepped around.
 */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { impurities } from './support/project/purity.js';
import { GENERATED_PAGES, readPage, updatedPage } from './support/project/generated-pages.js';
import {
  filesBelow,
  importCycles,
  roomCycles,
  sourceFiles,
  sourceOf,
  type SourceFile,
} from './support/project/source-tree.js';

const src = sourceFiles('src');
const everywhere = ['src', 'test', 'rules', 'legacy-db', 'bench', 'scripts', 'dashboards', 'docs/examples'].flatMap(
  (folder) => {
    try {
      return sourceFiles(folder);
    } catch {
      return []; // not every folder has to be there
    }
  },
);

const CORE = [
  ...['domain', 'errors', 'invariant', 'config', 'decode', 'sequence', 'changeset', 'rules', 'translate'],
  ...['observed', 'propose', 'contracts'],
];
const BASE = ['domain', 'errors', 'invariant'];
const PORTS = ['pipeline/ports', 'pipeline/events', 'pipeline/signal'];
const ADAPTER = [...PORTS, ...BASE, 'config'];

/** What each part may import besides itself. Imports point upwards in this table only. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  errors: ['domain'],
  invariant: ['domain', 'errors'],
  html: [],
  config: BASE,
  decode: BASE,
  sequence: BASE,
  changeset: BASE,
  rules: BASE,
  translate: [...BASE, 'rules'],
  contracts: [...BASE, 'html', 'rules', 'translate/publish'],
  observed: [...BASE, 'decode'],
  propose: [...BASE, 'rules', 'observed'],
  pipeline: [...CORE, 'consumer/read'],
  why: [...CORE, 'pipeline'],
  reconcile: [...CORE, 'pipeline'],
  'adapters/kafka': ADAPTER,
  'adapters/redis': ADAPTER,
  'adapters/registry': ADAPTER,
  'adapters/memory': ADAPTER,
  'adapters/files': [...ADAPTER, 'rules'],
  'adapters/databases': [...ADAPTER, 'observed', 'reconcile/source/ports'],
  metrics: [...PORTS, ...BASE],
  telemetry: [...PORTS, ...BASE, 'config'],
  server: ['pipeline', 'metrics', 'config', ...BASE],
  console: ['html', 'server', 'pipeline', 'why', 'rules', ...BASE],
  consumer: [
    'contracts/published',
    'rules/contract',
    'rules/contracts',
    'rules/values/issue-words',
    'domain',
    'errors',
  ],
  producer: [...BASE, 'consumer', 'contracts/published', 'rules', 'translate/publish'],
  mocks: [...BASE, 'contracts', 'consumer', 'translate/publish'],
  testing: [...CORE, 'pipeline', 'adapters/memory', 'adapters/files'],
  cli: [
    ...CORE,
    'pipeline',
    'why',
    'reconcile',
    'adapters',
    'metrics',
    'telemetry',
    'server',
    'console',
    'testing',
    'mocks',
    'consumer',
  ],
};

/** Packages the core may use: they compute and touch nothing. */
const PURE_PACKAGES = ['zod', 'yaml', 'lossless-json'];

/** `adapters/kafka` for `src/adapters/kafka/write/sink.ts`, `errors` for `src/errors.ts`. */
function partOf(path: string): string {
  const [, first = '', second = ''] = path.split('/');
  return first === 'adapters' ? `${first}/${second}` : first.replace(/\.ts$/, '');
}

const isLocal = (target: string): boolean => target.startsWith('src/');

function isAllowed(file: SourceFile, target: string): boolean {
  const part = partOf(file.path);
  if (partOf(target) === part) return true;
  const inside = target.slice('src/'.length).replace(/\.ts$/, '');
  return (MAY_IMPORT[part] ?? []).some((allowed) => inside === allowed || inside.startsWith(`${allowed}/`));
}

describe('imports', () => {
  it('point upwards in the table only', () => {
    const wrong = src.flatMap((file) =>
      file.imports
        .filter((target) => isLocal(target) && !isAllowed(file, target))
        .map((target) => `${file.path} -> ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('know every folder', () => {
    expect([...new Set(src.map(({ path }) => partOf(path)))].filter((part) => !(part in MAY_IMPORT))).toEqual([]);
  });

  it('stay inside src', () => {
    const wrong = src.flatMap(({ path, imports }) =>
      imports
        .filter((target) => /^(test|rules|legacy-db|dashboards|bench|scripts)\//.test(target))
        .map((target) => `${path} -> ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('make no cycle', () => {
    expect(importCycles([...src, ...sourceFiles('legacy-db')])).toEqual([]);
  });
});

describe('the core', () => {
  const core = src.filter(({ path }) => CORE.includes(partOf(path)));

  it('is pure and synchronous', () => {
    expect(core.flatMap(impurities)).toEqual([]);
  });

  it('uses packages that only compute', () => {
    const wrong = core.flatMap(({ path, imports }) =>
      imports
        .filter((target) => !isLocal(target) && !target.startsWith('node:') && !PURE_PACKAGES.includes(target))
        .map((target) => `${path}: ${target}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe('process.env', () => {
  it('is read by the command line only', () => {
    const readers = src.filter(({ path, text }) => text.includes('process.env') && !path.startsWith('src/cli/'));
    expect(readers.map(({ path }) => path)).toEqual([]);
  });
});

describe('names', () => {
  const BANNED = new Set([
    ...[
      'message',
      'messages',
      'payload',
      'payloads',
      'handler',
      'handlers',
      'manager',
      'managers',
      'processor',
      'processors',
    ],
    // A service, by itself, is the one that takes a capability over.
    ...['services', 'item', 'items', 'data', 'info', 'util', 'utils', 'helper', 'helpers'],
  ]);
  /** Names that another party's API or format forces. */
  const FORCED: readonly string[] = [];

  const words = (name: string): string[] =>
    name.split(/[^a-zA-Z]+|(?<=[a-z])(?=[A-Z])/).map((word) => word.toLowerCase());
  const isBanned = (name: string): boolean => !FORCED.includes(name) && words(name).some((word) => BANNED.has(word));

  it('of files hold no word that says nothing', () => {
    const named = src.map(({ path }) => path).filter((path) => isBanned(path.replace(/\.ts$/, '')));
    expect(named).toEqual([]);
  });

  it('of exports hold no word that says nothing', () => {
    const named = src.flatMap(({ path, exports }) => exports.filter(isBanned).map((name) => `${path}: ${name}`));
    expect(named).toEqual([]);
  });

  it('of files are in kebab case', () => {
    const other = everywhere
      .map(({ path }) => path)
      // Folders of an export have the names of contracts.
      .filter((path) => !path.startsWith('rules/contracts/published/'))
      .filter((path) => !/^[a-z0-9./-]+$/.test(path.replace(/_/g, '.')) || /_/.test(path));
    expect(other).toEqual([]);
  });

  it('are exported by name, never as default', () => {
    expect(src.filter(({ text }) => /^export default\b/m.test(text)).map(({ path }) => path)).toEqual([]);
  });
});

describe('folders', () => {
  const FILES_MAX = 12;

  it(`of src, legacy-db and test/support have at most ${FILES_MAX} files of their own`, () => {
    const counts = new Map<string, number>();
    for (const path of ['src', 'legacy-db', 'test/support'].flatMap(filesBelow))
      counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
    const full = [...counts].filter(([, count]) => count > FILES_MAX).map(([folder]) => folder);
    expect(full).toEqual([]);
  });

  it('beside each other import in one direction', () => {
    expect(roomCycles(src)).toEqual([]);
  });
});

describe('files', () => {
  const LINES_MAX = 400;

  it(`have at most ${LINES_MAX} lines`, () => {
    const long = everywhere.filter(({ lines }) => lines > LINES_MAX).map(({ path, lines }) => `${path}: ${lines}`);
    expect(long).toEqual([]);
  });

  it('say in a comment what they are', () => {
    const bare = src.filter(({ text }) => !text.includes('/**')).map(({ path }) => path);
    expect(bare).toEqual([]);
  });
});

describe('tests', () => {
  it('leave none out', () => {
    const left = /\b(it|test|describe|suite)(\.\w+)*\.(only|skip|todo)\b/;
    const files = everywhere.filter(({ path }) => path.endsWith('.test.ts'));
    expect(files.filter(({ text }) => left.test(text)).map(({ path }) => path)).toEqual([]);
  });
});

describe('the pages', () => {
  it.each(GENERATED_PAGES)('docs/%s says what the code says (npm run -s docs)', async (page) => {
    expect(readPage(page)).toBe(await updatedPage(page));
  });

  it('README.md is read from top to bottom: at most 250 lines, none of more than 120 characters', () => {
    const lines = readFileSync(new URL('../README.md', import.meta.url), 'utf8').split('\n');
    expect(lines.length).toBeLessThanOrEqual(250);
    expect(lines.filter((line) => line.length > 120)).toEqual([]);
  });
});

describe('these checks', () => {
  const impure = (text: string): readonly string[] => impurities(sourceOf('src/domain/x.ts', text));

  it.each([
    ['export const f = async () => 1;', 'async'],
    ['const t = Date.now();', 'Date.now'],
    ['const t = new Date();', 'the time of day'],
    ['const r = Math.random();', 'Math.random'],
    ['const e = process.env;', 'process'],
    ['setTimeout(f, 1);', 'setTimeout'],
    ["import { join } from 'node:path';", 'node:path'],
    ["import { hash, randomUUID } from 'node:crypto';", 'node:crypto'],
  ])('see that %s is impure', (text, what) => {
    expect(impure(text).some((place) => place.endsWith(what))).toBe(true);
  });

  it.each([
    'const d = new Date(value);',
    'const o = { process: 1 }; o.process;',
    'interface A { readonly console: string }',
  ])('see that %s is pure', (text) => {
    expect(impure(text)).toEqual([]);
  });

  it('see imports of every form, exports and cycles', () => {
    const a = sourceOf(
      'src/a/a.ts',
      "import type { B } from '../b/b.js';\nexport const one = 1;\nexport interface Two {}\n",
    );
    const b = sourceOf('src/b/b.ts', "export { one } from '../a/a.js';\nconst c = await import('./c.js');\n");
    expect(a.exports).toEqual(['one', 'Two']);
    expect(b.imports).toEqual(['src/a/a.ts', 'src/b/c.ts']);
    expect(importCycles([a, b])).toEqual(['src/a/a.ts -> src/b/b.ts -> src/a/a.ts']);
  });

  it('see rooms that need each other, also through other files, but not what lies on top of them', () => {
    const one = sourceOf('src/x/a/one.ts', "import '../b/two.js';\nimport '../top.js';\n");
    const two = sourceOf('src/x/b/two.ts', "import '../top.js';\n");
    const top = sourceOf('src/x/top.ts', "import './a/one.js';\nimport './b/two.js';\n");
    const back = sourceOf('src/x/b/back.ts', "import '../a/other.js';\n");
    expect(roomCycles([one, two, top])).toEqual([]);
    expect(roomCycles([one, two, top, back])).toEqual(['src/x/a -> src/x/b -> src/x/a']);
  });

  it('see who may import whom', () => {
    const decode = sourceOf('src/decode/x.ts', '');
    expect(isAllowed(decode, 'src/domain/source/position.ts')).toBe(true);
    expect(isAllowed(decode, 'src/errors.ts')).toBe(true);
    expect(isAllowed(decode, 'src/pipeline/ports.ts')).toBe(false);
    expect(isAllowed(sourceOf('src/adapters/kafka/x.ts', ''), 'src/adapters/redis/y.ts')).toBe(false);
    expect(isAllowed(sourceOf('src/metrics/x.ts', ''), 'src/pipeline/task.ts')).toBe(false);
  });
});
