/** What TypeScript says about the rules: the author's, where their folder has one, else ours; with the author's settings. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type ts from 'typescript';
import { ruleFiles } from '../../../adapters/files/rules-bundle.js';
import { DragomanError } from '../../../errors.js';
import type { Finding } from './finding.js';
import { fromHere, testFiles } from './source-rules.js';

export interface TypedRules {
  readonly compiler: typeof ts;
  readonly program: ts.Program;
  /** Of the rules, tests included where they are looked at. */
  readonly files: readonly ts.SourceFile[];
  readonly findings: readonly Finding[];
}

/** Kept between two rounds: what did not change is not read and not looked at again. */
export class Types {
  #program: ts.Program | undefined;
  readonly #read = new Map<string, { readonly changedMs: number; readonly file: ts.SourceFile }>();

  check(root: string, { withTests }: { readonly withTests: boolean }): TypedRules {
    const { compiler, notes } = compilerOf(root);
    const { options, findings } = optionsOf(compiler, root);
    const tests = new Set(withTests ? [] : testFiles(root));
    const names = ruleFiles(root).filter((file) => !tests.has(file));
    const rootNames = names.map((file) => join(root, file));
    const program = compiler.createProgram({
      rootNames,
      options,
      host: this.#host(compiler, options),
      ...(this.#program === undefined ? {} : { oldProgram: this.#program }),
    });
    this.#program = program;
    const files = rootNames.flatMap((name) => program.getSourceFile(name) ?? []);
    const broken = files.flatMap((file) => program.getSyntacticDiagnostics(file));
    // What follows from broken syntax is no mistake of its own.
    const found = broken.length > 0 ? broken : files.flatMap((file) => program.getSemanticDiagnostics(file));
    const typed = found.map((diagnostic) => findingOf(compiler, diagnostic));
    return { compiler, program, files, findings: [...notes, ...findings, ...typed] };
  }

  #host(compiler: typeof ts, options: ts.CompilerOptions): ts.CompilerHost {
    const host = compiler.createCompilerHost(options);
    const read = host.getSourceFile.bind(host);
    host.getSourceFile = (name, ...more) => {
      const changedMs = compiler.sys.getModifiedTime?.(name)?.getTime() ?? NaN;
      const known = this.#read.get(name);
      if (known?.changedMs === changedMs) return known.file;
      const file = read(name, ...more);
      if (file !== undefined) this.#read.set(name, { changedMs, file });
      return file;
    };
    return host;
  }
}

const own = createRequire(import.meta.url);

interface Compiler {
  readonly compiler: typeof ts;
  readonly notes: readonly Finding[];
}

function compilerOf(root: string): Compiler {
  const path = resolved(createRequire(join(root, 'index.ts')), 'typescript');
  const found = path === null ? null : (own(path) as Partial<typeof ts>);
  if (found !== null && typeof found.createProgram === 'function') return { compiler: found as typeof ts, notes: [] };
  const ours = own('typescript') as typeof ts;
  const text = `the TypeScript of your folder cannot be asked from a program; types were looked at by TypeScript ${ours.version}`;
  const fix = 'None is needed. Your own tsc may say more, or less.';
  const note: Finding = {
    ...{ kind: 'note', code: 'TYPESCRIPT_OTHER', file: path === null ? null : fromHere(path) },
    ...{ line: null, column: null, about: 'types', text, fix },
  };
  return { compiler: ours, notes: found === null ? [] : [note] };
}

/** Null: it is not there. */
export function resolved(from: NodeJS.Require, name: string): string | null {
  try {
    return from.resolve(name);
  } catch {
    return null;
  }
}

function optionsOf(compiler: typeof ts, root: string): { options: ts.CompilerOptions; findings: Finding[] } {
  const config = compiler.findConfigFile(root, (name) => compiler.sys.fileExists(name));
  const { options, errors } =
    config === undefined ? { options: defaults(compiler), errors: [] } : read(compiler, config);
  const all = { ...options, ...NOTHING_WRITTEN };
  const entry = join(root, 'index.ts');
  const isFound = (name: string): boolean =>
    compiler.resolveModuleName(name, entry, all, compiler.sys).resolvedModule !== undefined;
  const lacking = Object.entries(OURS).filter(([name]) => !isFound(name));
  const paths = lacking.length === 0 ? all.paths : { ...all.paths, ...Object.fromEntries(lacking) };
  return {
    options: paths === undefined ? all : { ...all, paths },
    findings: errors.filter(({ code }) => code !== NO_INPUTS).map((diagnostic) => findingOf(compiler, diagnostic)),
  };
}

/** In the place of settings that say what is written. */
const NOTHING_WRITTEN: ts.CompilerOptions = {
  ...{ noEmit: true, incremental: false, composite: false, declaration: false, sourceMap: false },
};

/** "No inputs were found": which files there are is said here. */
const NO_INPUTS = 18003;

function read(compiler: typeof ts, file: string): { options: ts.CompilerOptions; errors: readonly ts.Diagnostic[] } {
  const { config, error } = compiler.readConfigFile(file, (name) => compiler.sys.readFile(name)) as {
    readonly config?: unknown;
    readonly error?: ts.Diagnostic;
  };
  if (error !== undefined) return { options: defaults(compiler), errors: [error] };
  const parsed = compiler.parseJsonConfigFileContent(config, compiler.sys, dirname(file));
  return { options: parsed.options, errors: parsed.errors };
}

/** For a folder without a tsconfig.json. */
const defaults = (compiler: typeof ts): ts.CompilerOptions => ({
  strict: true,
  target: compiler.ScriptTarget.ES2022,
  module: compiler.ModuleKind.ESNext,
  moduleResolution: compiler.ModuleResolutionKind.Bundler,
  lib: ['lib.es2023.d.ts'],
  types: [],
  skipLibCheck: true,
});

/** What rules import, as it runs here: for a folder that has no packages of its own. */
const OURS: Readonly<Record<string, string[]>> = {
  'dragoman/rules': [ourFile('rules/index')],
  'dragoman/testing': [ourFile('testing/index')],
  zod: [typesOf('zod', 'index.d.ts')],
};

function ourFile(name: string): string {
  const path = ['.d.ts', '.ts']
    .map((end) => fileURLToPath(new URL(`../../../${name}${end}`, import.meta.url)))
    .find((file) => existsSync(file));
  if (path === undefined)
    throw new DragomanError('INVARIANT_BROKEN', `The types of dragoman/${name} are not installed.`);
  return path;
}

function typesOf(name: string, file: string): string {
  return join(dirname(own.resolve(`${name}/package.json`)), file);
}

function findingOf(compiler: typeof ts, { code, file, start, messageText }: ts.Diagnostic): Finding {
  const at = file === undefined || start === undefined ? null : file.getLineAndCharacterOfPosition(start);
  return {
    ...{ kind: 'finding', code: `TS${code}`, about: 'types' },
    file: file === undefined ? null : fromHere(file.fileName),
    line: at && at.line + 1,
    column: at && at.character + 1,
    text: compiler.flattenDiagnosticMessageText(messageText, '\n'),
    fix: fixOf(code),
  };
}

const FIXES: readonly (readonly [readonly number[], string])[] = [
  [[2339, 2551], 'Correct the name, or declare the column in its table: what is not declared does not exist.'],
  [[2741, 2739, 2740], 'Give the field, or make it optional where it is declared.'],
  [[2353, 2561], 'Take it out, or declare it: in the contract it is z.object, in a table its columns.'],
  [[2367], 'Compare with what rules see: of a code its meaning, as the table declares it, and not the code.'],
  [[2835, 2834], 'Write the path with the end .js, also where the file is .ts.'],
  [
    [2304, 2552, 2580, 2584, 2591],
    'Rules import dragoman/rules, zod and each other, and have nothing of the machine; in a test, fail a step to see what was decided.',
  ],
  [[2307, 2792], 'Correct the path, or install the package: npm install --save-dev dragoman zod vitest.'],
  [[18048, 2532, 2531, 18047], 'It may be missing: write known(value, "what it is"), or ask before you use it.'],
];

const fixOf = (code: number): string =>
  FIXES.find(([codes]) => codes.includes(code))?.[1] ??
  'Let the value fit what is declared, or correct the declaration; docs/column-types.md says which type a column has.';
