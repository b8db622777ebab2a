/** `dragoman contracts export`: writes what other teams get of the contracts, or says whether it is what the rules say. Exit code 3: it is not. */
import { type Difference, differences, writeOwnFiles } from '../../adapters/files/own-files.js';
import { writing } from '../../adapters/files/writing.js';
import { exportFiles } from '../../contracts/export-files.js';
import { EXIT, print, say } from '../exit.js';
import { type CommonOptions, configOf, rulesFolder, rulesOf } from '../load.js';
import { publishedFolder, publishedOf } from './published.js';

export interface ExportOptions extends CommonOptions {
  readonly out?: string;
  readonly check?: boolean;
  readonly json?: boolean;
}

export async function exportCommand(options: ExportOptions): Promise<number> {
  const loaded = configOf(options, false);
  const { rules } = await rulesOf(options, loaded);
  const folder = options.out ?? publishedFolder(rulesFolder(options, loaded));
  const files = exportFiles(publishedOf(rules, loaded.config), loaded.config.sourceSystem);
  const isCheck = options.check === true;
  const differing = isCheck
    ? differences(folder, files)
    : await writing(folder, LEFT, () => writeOwnFiles(folder, files));
  const contracts = rules.contracts.length;
  if (options.json === true)
    await print(JSON.stringify({ schema: 'dragoman.cli/contracts-export@1', folder, contracts, isCheck, differing }));
  else for (const each of differing) await print(`${isCheck ? FOUND[each.kind] : DONE[each.kind]} ${each.path}`);
  const words = `${contracts} contracts, ${files.length} files in ${folder}`;
  if (differing.length === 0) say(`${words}: as the rules say`);
  else if (isCheck)
    say(`${words}: ${differing.length} not as the rules say. -> dragoman contracts export, and commit what it writes.`);
  else say(`${words}: ${differing.length} changed`);
  return isCheck && differing.length > 0 ? EXIT.findings : EXIT.ok;
}

const LEFT = 'What it lists may be there in part; nothing of others was touched.';

const FOUND: Readonly<Record<Difference['kind'], string>> = {
  missing: 'missing:  ',
  differs: 'differs:  ',
  'left-over': 'left over:',
};
const DONE: Readonly<Record<Difference['kind'], string>> = {
  missing: 'written:  ',
  differs: 'rewritten:',
  'left-over': 'removed:  ',
};
