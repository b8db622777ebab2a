/** What a service says of itself once. */
import type { AnyContract } from '../consumer/read/contract.js';
import { RECORD_BYTES_MAX } from '../domain/record-size.js';
import { DragomanError } from '../errors.js';
import { type OwnContract, ownContract } from './event/contract.js';
import type { EventSettings } from './event/making.js';
import type { HearingSettings } from './routes/heard.js';
import type { Owner } from './routes/standing.js';

export interface ProducerOptions
  extends
    Omit<EventSettings, 'recordBytesMax' | 'context'>,
    Partial<Pick<EventSettings, 'recordBytesMax' | 'context'>> {
  /** Of Dragoman's config: `<namespace>.ownership` is read. */
  readonly namespace: string;
  /** Whose aggregates the service takes over; of Dragoman's config. */
  readonly pipeline: string;
  readonly contracts: readonly AnyContract[];
  /** As the capability has it in the rules. Default: `sticky`. */
  readonly owner?: Owner;
  /** In front of the types of contracts out of rules, as in Dragoman's config; exported contracts have it in them. Default: none. */
  readonly eventTypePrefix?: string;
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number;
}

export interface Settings extends EventSettings, HearingSettings {
  readonly owner: Owner;
  readonly topics: readonly string[];
  readonly now: () => number;
  /** @throws DragomanError PRODUCER_INVALID */
  readonly contractOf: (contract: AnyContract) => OwnContract;
}

/** @throws DragomanError PRODUCER_INVALID */
export function settingsOf({
  namespace,
  contracts: given,
  owner = 'sticky',
  eventTypePrefix = '',
  context = [],
  recordBytesMax = RECORD_BYTES_MAX,
  now = Date.now,
  ...options
}: ProducerOptions): Settings {
  const fault = Object.entries({ namespace, ...options }).find(([, text]) => text === '');
  if (fault !== undefined) throw invalid(`${fault[0]} is empty`);
  const known = new Map(given.map((contract) => [contract, ownContract(contract, eventTypePrefix)]));
  const contracts = [...known.values()];
  if (contracts.length === 0) throw invalid('it has no contracts (contracts)');
  const texts = contracts.map(({ text }) => text);
  const twice = texts.find((text, at) => texts.indexOf(text) !== at);
  if (twice !== undefined) throw invalid(`it has ${twice} twice (contracts)`);
  const ownershipTopic = ownershipTopicOf(namespace);
  return {
    ...options,
    ...{ contracts, owner, context, recordBytesMax, now, ownershipTopic },
    topics: [ownershipTopic, ...new Set(contracts.map(({ topic }) => topic))],
    contractOf: (contract) => {
      const own = known.get(contract);
      if (own !== undefined) return own;
      const { name } = 'published' in contract ? contract.published : contract;
      throw invalid(`${name} is published, and does not stand in its contracts`);
    },
  };
}

export const ownershipTopicOf = (namespace: string): string => `${namespace}.ownership`;

const invalid = (what: string): DragomanError =>
  new DragomanError('PRODUCER_INVALID', `The service cannot publish so: ${what}.`);
