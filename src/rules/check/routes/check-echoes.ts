/** What can be wrong with the echoes of a capability: whether they could ever be told. Pure. */
import { isObject } from '../../../domain/json-text.js';
import { isSaidName, namesIn, SAID_NAMES, type SaidName } from '../../../domain/source/said.js';
import { DURATION_WORDS, durationMs } from '../../duration.js';
import type { CapabilityDefinition } from '../../routes/capability.js';
import type { RuleSet } from '../../rule-set.js';
import { aboutCapability, problem, type RuleProblem, shown } from '../problem.js';

export function echoProblems(capability: CapabilityDefinition, { origins = [] }: RuleSet): RuleProblem[] {
  const { echoes } = capability as { readonly echoes: unknown };
  if (echoes === null) return [];
  const about = aboutCapability(capability, 'echoes');
  const invalid = (text: string): RuleProblem => problem('CAPABILITY_INVALID', about, `echoes: ${text}`);
  if (!isObject(echoes)) return [invalid("write { system: 'order-service', within: '10 minutes' }")];
  const { within, ...signs } = echoes;
  const said = new Set(origins.flatMap(({ says }) => (isObject(says) ? namesIn(says) : [])));
  const names = Object.keys(signs);
  return [
    ...(durationMs(within) === null ? [invalid(`within is ${shown(within)}, and must be ${DURATION_WORDS}`)] : []),
    ...(names.length === 0 ? [invalid(`nothing says what the service wrote: one of ${SAID_NAMES.join(', ')}`)] : []),
    ...names.flatMap((name) => {
      if (!isSaidName(name)) return [invalid(`${shown(name)} is none of ${SAID_NAMES.join(', ')}`)];
      if (!isOneOf(signs[name])) return [invalid(`${name} must be a text or a list of texts, and none of them empty`)];
      return said.has(name) ? [] : [problem('ORIGIN_UNDECLARED', about, undeclared(name))];
    }),
  ];
}

const undeclared = (name: SaidName): string => `echoes are told by ${name}, and no origin of the rule set tells it`;

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

const isOneOf = (value: unknown): boolean =>
  isText(value) || (Array.isArray(value) && value.length > 0 && value.every(isText));
