/** Config and rules as commands get them: the only place where the environment and the file system are looked at. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { loadRules, type LoadedRules } from '../adapters/files/rules-loader.js';
import { CONFIG_VARIABLE } from '../config/environment.js';
import { loadConfig, type LoadedConfig } from '../config/load.js';
import type { RuleSet } from '../rules/rule-set.js';

export interface CommonOptions {
  readonly config?: string;
  readonly rules?: string;
}

const DEFAULT_FILE = 'dragoman.yaml';

/** `--config`, else DRAGOMAN_CONFIG, else dragoman.yaml if it is there, else defaults. */
export function configFile({ config }: CommonOptions): string | null {
  return config ?? process.env[CONFIG_VARIABLE] ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : null);
}

export function configOf(options: CommonOptions, pipelinesRequired: boolean): LoadedConfig {
  const readText = (path: string): string => readFileSync(path, 'utf8');
  return loadConfig({ file: configFile(options), env: process.env, readText, pipelinesRequired });
}

/** From which relative paths of the config start. */
export function configFolder(options: CommonOptions): string {
  const file = configFile(options);
  return file === null ? '.' : dirname(file);
}

/** `--rules` from here; `rules` of the config from the folder of the config file. */
export const rulesFolder = (options: CommonOptions, { config }: LoadedConfig): string =>
  options.rules ?? resolve(configFolder(options), config.rules);

/** @param wrap what stands in the place of the rules, before they are compiled. */
export const rulesOf = (
  options: CommonOptions,
  loaded: LoadedConfig,
  wrap?: (rules: RuleSet) => RuleSet,
): Promise<LoadedRules> => loadRules(rulesFolder(options, loaded), wrap);
