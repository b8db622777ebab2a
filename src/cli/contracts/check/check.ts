/**
 * `dragoman contracts check`: the gate for a build. The contracts of now against all that was published of them, against what a contract has to say,
 * against what consumers declare to use, and with a recording against the classes of what they are made of. Exit code 3 when something may not be published like this.
 */
import { consumerProblems } from '../../../contracts/consumers.js';
import { gate, type Mode } from '../../../contracts/compatibility/gate.js';
import { lintContract } from '../../../contracts/lint/lint.js';
import { EXIT, print, say } from '../../exit.js';
import { type CommonOptions, configOf, rulesFolder } from '../../load.js';
import { classCheck } from '../../rules/check/classes/class-check.js';
import { classesNotTried } from '../../rules/check/classes/findings.js';
import { type Finding, findingLines, inOrder } from '../../rules/check/finding.js';
import { publishedAt } from './against.js';
import { contractsNow } from './contracts-now.js';
import { consumerFinding, lintFinding, verdictFinding, verdictJson } from './findings.js';
import { readConsumers } from './read-consumers.js';

export interface ContractsCheckOptions extends CommonOptions {
  /** Folders or revisions, newest first. */
  readonly against?: readonly string[];
  /** Files. */
  readonly consumers?: readonly string[];
  /** By which it is found out what reaches the contracts. */
  readonly recording?: string;
  readonly mode?: Mode;
  readonly json?: boolean;
}

export const todayUtc = (nowMs: number): string => new Date(nowMs).toISOString().slice(0, 10);

export async function contractsCheckCommand(options: ContractsCheckOptions): Promise<number> {
  const loaded = configOf(options, false);
  const folder = rulesFolder(options, loaded);
  const today = todayUtc(Date.now());
  const consumers = readConsumers(options.consumers ?? []);
  const earlier = publishedAt(options.against ?? [], folder);
  const { findings, now } = contractsNow(folder, loaded.config, today);
  if (now === null) return told(options, { findings, verdicts: [] });
  const { contracts, ground, placeOf } = now;
  const { recording } = options;
  const verdicts = gate({ now: contracts, earlier, mode: options.mode ?? 'forward', today });
  const known = [...contracts, ...earlier.flatMap((each) => each.contracts)];
  const found = [
    ...verdicts.flatMap((verdict) =>
      verdict.weight === 'fine' ? [] : [verdictFinding(verdict, { consumers, placeOf })],
    ),
    ...contracts.flatMap((contract) =>
      lintContract(contract, ground).map((linted) => lintFinding(contract, linted, placeOf)),
    ),
    ...consumerProblems(consumers, known).map(consumerFinding),
    ...(recording === undefined ? [] : await classCheck(now.folder, recording, loaded.config)),
  ];
  const fine = verdicts.filter(({ weight }) => weight === 'fine').length;
  say(
    `${counted(contracts.length, 'contract')} against ${known.length - contracts.length} published, ` +
      `${counted(consumers.length, 'consumer')}: ${counted(fine, 'change')} that break${fine === 1 ? 's' : ''} nobody`,
  );
  if (recording === undefined) for (const words of classesNotTried(now.folder)) say(words);
  return told(options, { findings: found, verdicts: verdicts.map((verdict) => verdictJson(verdict, consumers)) });
}

interface Told {
  readonly findings: readonly Finding[];
  readonly verdicts: readonly object[];
}

async function told({ json }: ContractsCheckOptions, { findings, verdicts }: Told): Promise<number> {
  const all = inOrder(findings);
  if (json === true)
    await print(JSON.stringify({ schema: 'dragoman.cli/contracts-check@1', findings: all, changes: verdicts }));
  else for (const finding of all) for (const line of findingLines(finding)) await print(line);
  const wrong = all.filter(({ kind }) => kind === 'finding').length;
  say(`${wrong === 0 ? 'nothing breaks' : counted(wrong, 'finding')}, ${counted(all.length - wrong, 'note')}`);
  return wrong === 0 ? EXIT.ok : EXIT.findings;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
