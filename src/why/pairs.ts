/**
 * What events of both sides came to, as people may see it: values of fields with a class, and all of an aggregate whose values are sealed, only where they
 * were asked for. Pure.
 */
import { contractText } from '../domain/integration-event.js';
import { eventId } from '../domain/event-id.js';
import type { Difference, Judged } from '../domain/state/pairs.js';
import type { JournalEntry } from '../domain/state/journal-entry.js';
import type { CompiledRules } from '../rules/compile.js';
import type { ContractDefinition } from '../rules/contract.js';
import { classAt } from '../rules/contracts/field-schema.js';
import type { SeenAnswer } from './answer.js';

type PairAnswer = NonNullable<SeenAnswer['parity']>[number];

type Rules = Pick<CompiledRules, 'contracts' | 'aggregates'>;

/** @param isAll values were asked for. */
export function pairsShown(
  { parity, trial, aggregate, id }: Pick<JournalEntry, 'parity' | 'trial' | 'aggregate' | 'id'>,
  { contracts, aggregates }: Rules,
  isAll: boolean,
): Pick<SeenAnswer, 'parity' | 'trial'> {
  const isSealed = aggregates.get(aggregate)?.isSealed !== false;
  const shownOf = (judged: Judged): PairAnswer => {
    const promise = contracts.find((each) => contractText(each.name, each.majorVersion) === judged.contract);
    return pairShown(judged, id, { promise, isAll, isSealed });
  };
  return {
    ...(trial === undefined ? {} : { trial: triedShown(trial) }),
    ...(parity === undefined ? {} : { parity: parity.map(shownOf) }),
  };
}

const triedShown = ({ contract, eventId, sequence: number, producer }: NonNullable<JournalEntry['trial']>) => ({
  ...{ contract, eventId, number, producer },
});

interface Showing {
  /** Undefined: the rules have it no more, and nothing is known to be public. */
  readonly promise: ContractDefinition | undefined;
  readonly isAll: boolean;
  readonly isSealed: boolean;
}

function pairShown(
  { contract, occurrence, class: is, differences }: Judged,
  id: string,
  { promise, isAll, isSealed }: Showing,
): PairAnswer {
  const [name = '', version = ''] = contract.split(/\.v(?=\d+$)/);
  const secret = ({ path }: Difference): string | null => {
    if (isAll) return null;
    const known = promise === undefined ? 'personal' : classAt(promise, path.replace(/\[\d+\]/g, '[]'));
    return known ?? (isSealed ? 'personal' : null);
  };
  return {
    ...{ contract, occurrence, class: is },
    eventId: eventId({ contract: name, majorVersion: Number(version), aggregateId: id, occurrence }),
    differences: differences.map((each) => differenceShown(each, secret(each))),
  };
}

const differenceShown = ({ path, legacy, service }: Difference, secret: string | null) => ({
  path,
  ...('value' in legacy ? { legacy: secret === null ? JSON.stringify(legacy.value) : `[${secret}]` } : {}),
  ...('value' in service ? { service: secret === null ? JSON.stringify(service.value) : `[${secret}]` } : {}),
});

/** `OrderReady.v1 4711: different: total 10 in legacy, 11 in the service`. */
export function pairWords({ contract, occurrence, class: is, differences }: PairAnswer): string {
  const name = occurrence === '' ? contract : `${contract} ${occurrence}`;
  const places = differences.map(({ path, legacy, service }) =>
    path === ''
      ? 'too large to be compared'
      : `${path} is ${legacy ?? 'absent'} in legacy, and ${service ?? 'absent'} in the service`,
  );
  return `${name}: ${CLASS_WORDS[is]}${places.length === 0 ? '' : `: ${places.join('; ')}`}`;
}

const CLASS_WORDS: Readonly<Record<PairAnswer['class'], string>> = {
  equal: 'legacy and the service on trial say the same',
  different: 'legacy and the service on trial differ',
  onlyLegacy: 'the service on trial has not published it in time',
  onlyService: 'the service on trial published it, and legacy does not',
  late: 'the other side came when it had been counted as missing',
  outOfOrder: 'legacy and the service on trial say the same, in another order than an earlier event',
};

/** `published on trial by service:orders: OrderReady.v1 number 3, event 8...`. */
export const triedWords = ({ contract, eventId, number, producer }: NonNullable<SeenAnswer['trial']>): string =>
  `published on trial by ${producer}: ${contract} number ${number}, event ${eventId}`;
