/** `dragoman check`: config and rules, all problems at once, with file and line where they are known. */
import { problemsOf } from '../../config/load.js';
import { type LoadProblem, placeText } from '../../adapters/files/rules-problems.js';
import { DragomanError } from '../../errors.js';
import { EXIT, print, say } from '../exit.js';
import { type CommonOptions, configOf, rulesOf } from '../load.js';
import type { LoadedConfig } from '../../config/load.js';

interface Finding {
  readonly code: string;
  readonly text: string;
  /** `file:line`, where it is known. */
  readonly place: string | null;
}

export async function checkCommand(options: CommonOptions & { readonly json?: boolean }): Promise<number> {
  const findings: Finding[] = [];
  let loaded: LoadedConfig | null = null;
  try {
    loaded = configOf(options, true);
  } catch (error) {
    if (!(error instanceof DragomanError)) throw error;
    for (const { code, text, path, file, line } of problemsOf(error)) {
      const place = file == null ? null : `${file}${line == null ? '' : `:${line}`}`;
      findings.push({ code, text: `${path}: ${text}`, place });
    }
  }
  try {
    const { rules, digest } = await rulesOf(options, loaded ?? configOf({ config: '/dev/null' }, false));
    say(`rules: ${rules.tables.size} tables, ${rules.contracts.length} contracts, digest ${digest}`);
  } catch (error) {
    if (!(error instanceof DragomanError) || error.code !== 'RULES_INVALID') throw error;
    findings.push(...ruleFindings(error));
  }
  if (options.json === true) await print(JSON.stringify({ schema: 'dragoman.cli/check@1', findings }));
  else for (const finding of findings) await print(lineOf(finding));
  say(findings.length === 0 ? 'config and rules hold together' : `${findings.length} problems`);
  return findings.length === 0 ? EXIT.ok : EXIT.findings;
}

function ruleFindings({ code, message: text, details }: DragomanError): Finding[] {
  if (!Array.isArray(details.problems)) return [{ code, text, place: null }];
  return (details.problems as LoadProblem[]).map((problem) => ({
    code: problem.code,
    text: `${problem.where}: ${problem.text}`,
    place: problem.place && placeText(problem.place),
  }));
}

const lineOf = ({ code, text, place }: Finding): string => `${place === null ? '' : `${place}: `}${text} [${code}]`;
