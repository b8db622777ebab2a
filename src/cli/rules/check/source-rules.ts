/** The rules of a check: loaded as production loads them, with everything that is wrong, and what may be forgotten in them. */
import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import * as esbuild from 'esbuild';
import { ruleFiles } from '../../../adapters/files/rules-bundle.js';
import { RulesFolder } from '../../../adapters/files/rules-loader.js';
import { type LoadProblem, type Place, RulesProblems } from '../../../adapters/files/rules-problems.js';
import { noteProblems } from '../../../rules/check/notes.js';
import { type Finding, NOWHERE } from './finding.js';

export interface SourceRules {
  /** Of the rules, absolute. */
  readonly root: string;
  /** Null: they do not run at all. */
  readonly folder: RulesFolder | null;
  readonly findings: readonly Finding[];
}

export function sourceRules(dir: string): SourceRules {
  const root = resolve(dir);
  try {
    const folder = new RulesFolder(root);
    const today = new Date().toISOString().slice(0, 10);
    const notes = noteProblems(folder.ruleSet, folder.declared, today).map(({ code, text, fix, about }): Finding => ({
      ...{ kind: 'note', code, about: about.where, text, fix },
      ...placed(root, folder.placeOf(about.declared, about.word)),
    }));
    const findings = folder.problems.map((problem) => findingOf(root, problem));
    return { root, folder, findings: [...findings, ...notes, ...unusedFiles(root, folder)] };
  } catch (error) {
    if (!(error instanceof RulesProblems)) throw error;
    return { root, folder: null, findings: error.problems.map((problem) => findingOf(root, problem)) };
  }
}

const findingOf = (root: string, { code, text, fix, where, place }: LoadProblem): Finding => ({
  ...{ kind: 'finding', code, about: where, text, fix },
  ...placed(root, place),
});

export const placed = (root: string, place: Place | null): Pick<Finding, 'file' | 'line' | 'column'> =>
  place === null ? NOWHERE : { file: fromHere(join(root, place.file)), line: place.line, column: place.column };

/** A path as one can open it from where the command runs. */
export const fromHere = (path: string): string => relative('.', path) || '.';

const TEST = /\.(test|spec)\.ts$/;
export const testFiles = (root: string): string[] => ruleFiles(root).filter((file) => TEST.test(file));

/** Files that neither the rule set nor a test comes to: a table, a fact that nobody imported. */
function unusedFiles(root: string, folder: RulesFolder): Finding[] {
  const used = new Set([...folder.files, ...reachedByTests(root)]);
  return ruleFiles(root)
    .filter((file) => !used.has(file))
    .map((file) => {
      const [, kind = '', name = ''] = DECLARES.exec(readFileSync(join(root, file), 'utf8')) ?? [];
      return {
        ...{
          kind: 'note',
          code: 'FILE_UNUSED',
          about: name === '' ? 'file' : `${/table|contract/.test(kind) ? kind : 'fact'} ${name}`,
        },
        ...placed(root, { file, line: 1, column: 1 }),
        text: 'no rule comes to this file by its imports, so nothing in it was looked at, and nothing in it has an effect',
        fix: 'List what it declares in the rule set, or delete it.',
      };
    });
}

const DECLARES = /\b(table|contract|milestone|transition|inserted|deleted|became)\(\s*['"`]([^'"`]+)/;

function reachedByTests(root: string): string[] {
  const entryPoints = testFiles(root).map((file) => `./${file}`);
  if (entryPoints.length === 0) return [];
  try {
    const { metafile } = esbuild.buildSync({
      ...{ absWorkingDir: root, entryPoints, outdir: '.', bundle: true, write: false, metafile: true },
      ...{ packages: 'external', format: 'esm', platform: 'node', logLevel: 'silent', tsconfigRaw: {} },
    });
    return Object.keys(metafile.inputs);
  } catch {
    return entryPoints.map((file) => file.slice(2)); // what is wrong with a test is told when it runs
  }
}
