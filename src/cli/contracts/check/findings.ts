/** Verdicts, lint and consumers' mistakes as findings, for people and for machines. Pure. */
import { CHANGE_CODES } from '../../../contracts/compatibility/codes.js';
import type { Verdict } from '../../../contracts/compatibility/gate.js';
import { changeText, touchedPath, whoText } from '../../../contracts/compatibility/verdict-words.js';
import { type Consumer, type ConsumerProblem, type Touched, touchedBy } from '../../../contracts/consumers.js';
import type { Linted } from '../../../contracts/lint/lint.js';
import type { PublishedContract } from '../../../contracts/published.js';
import { contractText } from '../../../domain/integration-event.js';
import { type Finding, NOWHERE } from '../../rules/check/finding.js';
import type { ContractsNow } from './contracts-now.js';

interface Ground {
  readonly consumers: readonly Consumer[];
  readonly placeOf: ContractsNow['placeOf'];
}

const touched = (verdict: Verdict, consumers: readonly Consumer[]): Touched =>
  touchedBy({ contract: verdict.contract, path: touchedPath(verdict) }, consumers);

export function verdictFinding(verdict: Verdict, { consumers, placeOf }: Ground): Finding {
  const { code, contract, path, weight, since, because } = verdict;
  const who = whoText(verdict, touched(verdict, consumers));
  return {
    ...{ kind: weight === 'break' ? 'finding' : 'note', code },
    ...placeOf(contract, lastName(path)),
    about: contract,
    text: [
      `${changeText(verdict)} (since ${since})`,
      ...(who === null ? [] : [who]),
      ...(because === null ? [] : [because]),
    ].join('\n'),
    fix: CHANGE_CODES[code].instead,
  };
}

/** `sku` of `lines[].sku`: as it stands in the declaration. */
const lastName = (path: string): string | undefined => /([A-Za-z]\w*)[^A-Za-z]*$/.exec(path)?.[1];

export function verdictJson(verdict: Verdict, consumers: readonly Consumer[]): object {
  const { code, path, contract, from, to, breaks, weight, since, because } = verdict;
  const { breaks: broken, untouched } = touched(verdict, consumers);
  const isBroken = verdict.breaks.length > 0;
  const names = (all: readonly Consumer[]) => all.map(({ consumer, contact }) => ({ consumer, contact }));
  return {
    ...{ code, contract, path, weight, breaks, from, to, since, because, text: changeText(verdict) },
    who: whoText(verdict, { breaks: broken, untouched }),
    instead: CHANGE_CODES[code].instead,
    consumers: { broken: isBroken ? names(broken) : [], untouched: isBroken ? names(untouched) : [] },
  };
}

export function lintFinding(
  { name, version }: PublishedContract,
  { code, path, text, fix, waived }: Linted,
  placeOf: ContractsNow['placeOf'],
): Finding {
  const contract = contractText(name, version);
  return {
    ...{ kind: waived === null ? 'finding' : 'note', code },
    ...placeOf(contract, lastName(path)),
    about: contract,
    text: waived === null ? text : `${text}\nwaived: ${waived}`,
    fix,
  };
}

export const consumerFinding = ({ code, consumer, text, fix }: ConsumerProblem): Finding => ({
  ...{ kind: 'finding', code, ...NOWHERE, about: `consumer ${consumer}`, text, fix },
});
