/** `dragoman contracts diff`: what became different from one set of contracts to another, in words, those too that break nobody. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { gate, type Published } from '../../../contracts/compatibility/gate.js';
import type { Config } from '../../../config/schema.js';
import { loadRules } from '../../../adapters/files/rules-loader.js';
import { EXIT, print, say } from '../../exit.js';
import { type CommonOptions, configOf, rulesFolder } from '../../load.js';
import { publishedAt } from './against.js';
import { todayUtc } from './check.js';
import { contractsOf } from './contracts-now.js';
import { diffLines, diffMarkdown } from './diff-words.js';
import { verdictJson } from './findings.js';

export interface ContractsDiffOptions extends CommonOptions {
  readonly markdown?: boolean;
  readonly json?: boolean;
}

/** @param to default: the rules. */
export async function contractsDiffCommand(
  from: string,
  to: string | undefined,
  options: ContractsDiffOptions,
): Promise<number> {
  const { config, ...loaded } = configOf(options, false);
  const rules = rulesFolder(options, { config, ...loaded });
  const before = await contractsAt(from, { rules, config });
  const now =
    to === undefined
      ? contractsOf((await loadRules(rules)).rules, config)
      : (await contractsAt(to, { rules, config })).contracts;
  const changes = gate({ now, earlier: [before], mode: 'full', today: todayUtc(Date.now()) });
  if (options.json === true)
    await print(
      JSON.stringify({
        schema: 'dragoman.cli/contracts-diff@1',
        changes: changes.map((each) => verdictJson(each, [])),
      }),
    );
  else {
    const sides = { from, to: to ?? 'the rules' };
    for (const line of options.markdown === true ? diffMarkdown(changes, sides) : diffLines(changes)) await print(line);
  }
  say(changes.length === 0 ? 'they promise the same' : `${changes.length} changes`);
  return changes.length === 0 ? EXIT.ok : EXIT.findings;
}

interface Home {
  readonly rules: string;
  readonly config: Config;
}

/** A folder of rules, a folder with an export, or a revision: of that, what it has now. */
async function contractsAt(name: string, { rules, config }: Home): Promise<Published> {
  if (existsSync(join(name, 'index.ts')))
    return { from: name, isNewest: true, contracts: contractsOf((await loadRules(name)).rules, config) };
  const [now] = publishedAt([name], rules);
  return now ?? { from: name, isNewest: true, contracts: [] };
}
