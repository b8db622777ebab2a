/** Contracts of now, out of the rules, with the place where each is declared, and what they are held against. */
import type { RulesFolder } from '../../../adapters/files/rules-loader.js';
import { type PublishedContract } from '../../../contracts/published.js';
import type { Ground, LegacyColumn } from '../../../contracts/lint/problem.js';
import { contractText } from '../../../domain/integration-event.js';
import type { TableDefinition } from '../../../domain/tables/table.js';
import { compileRuleSet, type CompiledRules } from '../../../rules/compile.js';
import type { Config } from '../../../config/schema.js';
import type { Finding } from '../../rules/check/finding.js';
import { NOWHERE } from '../../rules/check/finding.js';
import { publishedOf } from '../published.js';
import { placed, sourceRules, type SourceRules } from '../../rules/check/source-rules.js';

export interface ContractsNow {
  readonly folder: RulesFolder;
  readonly contracts: readonly PublishedContract[];
  readonly ground: Ground;
  /** Where it is declared, and the word in it; its name where there is none. */
  readonly placeOf: (contract: string, word?: string) => Pick<Finding, 'file' | 'line' | 'column'>;
}

/** Null: the rules do not hold together, as the findings say. */
export function contractsNow(
  dir: string,
  config: Config,
  today: string,
): Pick<SourceRules, 'findings'> & { readonly now: ContractsNow | null } {
  const { folder, findings, root } = sourceRules(dir);
  const wrong = findings.filter(({ kind }) => kind === 'finding');
  if (folder === null || wrong.length > 0) return { findings: wrong, now: null };
  const rules = compileRuleSet(folder.ruleSet);
  const contracts = contractsOf(rules, config);
  const declared = new Map(rules.contracts.map((each) => [contractText(each.name, each.majorVersion), each]));
  const placeOf: ContractsNow['placeOf'] = (contract, word) => {
    const definition = declared.get(contract);
    return definition === undefined ? NOWHERE : placed(root, folder.placeOf(definition, word ?? definition.name));
  };
  const extensions: Ground['extensions'] = ({ name, version }) =>
    (declared.get(contractText(name, version))?.origin ?? []).map((each) => `origin${each.toLowerCase()}`);
  return {
    findings: [],
    now: {
      folder,
      contracts,
      placeOf,
      ground: { contracts, columns: columnsOf(rules), extensions, today },
    },
  };
}

/** As `dragoman contracts export` writes them. */
export const contractsOf = (rules: CompiledRules, config: Config): PublishedContract[] =>
  publishedOf(rules, config).map(({ contract }) => contract);

const columnsOf = ({ tables }: CompiledRules): LegacyColumn[] => [...tables.values()].flatMap(columnsIn);

const columnsIn = ({ name: table, columns }: TableDefinition): LegacyColumn[] =>
  Object.entries(columns).map(([column, { type }]) => ({
    ...{ table, column },
    codes: type.kind === 'code' || type.kind === 'set' ? type.codes : null,
  }));
