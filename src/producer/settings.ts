/** What a service says of itself once. */
import type { AnyContract } from '../consumer/read/contract.js';
import { RECORD_BYTES_MAX } from '../domain/record-size.js';
import { DragomanError } from '../errors.js';
import { type OwnContract, ownContract } from './event/contract.js';
import type { EventSettings } from './event/making.js';
import type { HearingSettings } from './routes/heard.js';
import type { Owner } from './routes/standing.js';

/** What events are made by. */
export interface MakingOptions
  extends
    Omit<EventSettings, 'recordBytesMax' | 'context'>,
    Partial<Pick<EventSettings, 'recordBytesMax' | 'context'>> {
  readonly contracts: readonly AnyContract[];
  /** In front of the types of contracts out of rules, as in Dragoman's config; exported contracts have it in them. Default: none. */
  readonly eventTypePrefix?: string;
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number;
}

export interface ProducerOptions extends MakingOptions {
  /** Of Dragoman's config: `<namespace>.ownership` is read. */
  readonly namespace: string;
  /** Whose aggregates the service takes over; of Dragoman's config. */
  readonly pipeline: string;
  /** As the capability has it in the rules. Default: `sticky`. */
  readonly owner?: Owner;
}

export interface MakingSettings extends EventSettings {
  readonly contracts: readonly OwnContract[];
  readonly now: () => number;
  /** @throws DragomanError PRODUCER_INVALID */
  readonly contractOf: (contract: AnyContract) => OwnContract;
}

export interface Settings extends MakingSettings, HearingSettings {
  readonly owner: Owner;
  readonly topics: readonly string[];
}

/** @throws DragomanError PRODUCER_INVALID */
export function settingsOf({ namespace, pipeline, owner = 'sticky', ...options }: ProducerOptions): Settings {
  assertSaid({ namespace, pipeline });
  const making = makingSettings(options);
  const ownershipTopic = ownershipTopicOf(namespace);
  const topics = [ownershipTopic, ...new Set(making.contracts.map(({ topic }) => topic))];
  return { ...making, pipeline, owner, ownershipTopic, topics };
}

/** @throws DragomanError PRODUCER_INVALID */
export function makingSettings({
  contracts: given,
  eventTypePrefix = '',
  context = [],
  recordBytesMax = RECORD_BYTES_MAX,
  now = Date.now,
  ...options
}: MakingOptions): MakingSettings {
  assertSaid({ ...options });
  const known = new Map(given.map((contract) => [contract, ownContract(contract, eventTypePrefix)]));
  const contracts = [...known.values()];
  if (contracts.length === 0) throw invalid('it has no contracts (contracts)');
  const texts = contracts.map(({ text }) => text);
  const twice = texts.find((text, at) => texts.indexOf(text) !== at);
  if (twice !== undefined) throw invalid(`it has ${twice} twice (contracts)`);
  return {
    ...options,
    ...{ contracts, context, recordBytesMax, now },
    contractOf: (contract) => {
      const own = known.get(contract);
      if (own !== undefined) return own;
      const { name } = 'published' in contract ? contract.published : contract;
      throw invalid(`${name} is published, and does not stand in its contracts`);
    },
  };
}

export const ownershipTopicOf = (namespace: string): string => `${namespace}.ownership`;

function assertSaid(texts: Readonly<Record<string, unknown>>): void {
  const fault = Object.entries(texts).find(([, text]) => text === '');
  if (fault !== undefined) throw invalid(`${fault[0]} is empty`);
}

const invalid = (what: string): DragomanError =>
  new DragomanError('PRODUCER_INVALID', `The service cannot publish so: ${what}.`);
