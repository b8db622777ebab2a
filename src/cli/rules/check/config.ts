/** What is wrong with the config, where there is one: rules can be checked without. And where the rules are. */
import { isObject } from '../../../domain/json-text.js';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type LoadedConfig, loadConfig, problemsOf } from '../../../config/load.js';
import type { ConfigProblem } from '../../../config/problem.js';
import { readYaml } from '../../../config/yaml-file.js';
import { DragomanError } from '../../../errors.js';
import { type CommonOptions, configFile, configOf } from '../../load.js';
import { type Finding, NOWHERE } from './finding.js';

export interface CheckedConfig {
  readonly findings: readonly Finding[];
  /** The defaults, where the config cannot be used. */
  readonly loaded: LoadedConfig;
  /** Of the rules; null: a config that cannot be read would say where they are. */
  readonly folder: string | null;
}

export function checkedConfig(options: CommonOptions): CheckedConfig {
  const file = configFile(options);
  const home = file === null ? '.' : dirname(file);
  try {
    const loaded = configOf(options, file !== null);
    return { findings: [], loaded, folder: options.rules ?? resolve(home, loaded.config.rules) };
  } catch (error) {
    if (!(error instanceof DragomanError) || error.code !== 'CONFIG_INVALID') throw error;
    const loaded = loadConfig({ file: null, env: {}, readText: () => '', pipelinesRequired: false });
    const named = file === null ? loaded.config.rules : rulesNamedIn(file);
    const folder = options.rules ?? (named === null ? null : resolve(home, named));
    return {
      findings: [...problemsOf(error).map(findingOf), ...(folder === null ? [NOT_LOOKED_AT] : [])],
      loaded,
      folder,
    };
  }
}

const NOT_LOOKED_AT: Finding = {
  ...{ kind: 'note', code: 'RULES_NOT_CHECKED', ...NOWHERE, about: 'rules' },
  text: 'they were not looked at, because the config that names their folder cannot be read',
  fix: 'Correct the config, or name the folder: --rules <dir>.',
};

const findingOf = ({ code, path, text, file, line }: ConfigProblem): Finding => ({
  ...{ kind: 'finding', code: code.toUpperCase().replaceAll('-', '_'), file, line, column: null },
  ...{ about: path === '' ? 'config' : path, text },
  fix: 'Correct it: docs/configuration.md has all keys, with units and limits.',
});

/** What an invalid file says all the same; null: it is no YAML, so nobody knows. */
function rulesNamedIn(file: string): string | null {
  try {
    const { values, problems } = readYaml(file, readFileSync(file, 'utf8'));
    if (problems.length > 0 || !isObject(values)) return null;
    const named = values['rules'];
    return typeof named === 'string' ? named : 'rules';
  } catch {
    return null;
  }
}
