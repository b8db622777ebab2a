/** What the process of the new order service is told, as its environment. */
import { EVENT_TYPES } from '../../../legacy-db/oracle/facts.js';

export const SERVICE = 'order-service';
/** As the rules of the scenario have it. */
export const CAPABILITY = 'fulfilment';

/** Types of the events that move. */
export const MOVED_TYPES = EVENT_TYPES.filter((type) => type !== 'OrderAcceptanceOverdue');

export interface ServiceSettings {
  readonly brokers: readonly string[];
  /** Its own. */
  readonly database: string;
  /** Of the legacy system. */
  readonly legacy: string;
  /** Folder of an export. */
  readonly contracts: string;
  readonly namespace: string;
  readonly pipeline: string;
  readonly sourceSystem: string;
  readonly eventSource: string;
}

const NAMES = {
  ...{ brokers: 'KAFKA_BROKERS', database: 'DATABASE_URL', legacy: 'LEGACY_URL', contracts: 'CONTRACTS' },
  ...{ namespace: 'NAMESPACE', pipeline: 'PIPELINE', sourceSystem: 'SOURCE_SYSTEM', eventSource: 'EVENT_SOURCE' },
} as const satisfies Record<keyof ServiceSettings, string>;

export const environmentOf = (settings: ServiceSettings): Record<string, string> =>
  Object.fromEntries(Object.entries(NAMES).map(([name, variable]) => [variable, String(settings[name as never])]));

export function settingsFrom(environment: NodeJS.ProcessEnv): ServiceSettings {
  const read = (name: keyof ServiceSettings): string => environment[NAMES[name]] ?? '';
  return {
    ...{ brokers: read('brokers').split(','), database: read('database'), legacy: read('legacy') },
    ...{ contracts: read('contracts'), namespace: read('namespace'), pipeline: read('pipeline') },
    ...{ sourceSystem: read('sourceSystem'), eventSource: read('eventSource') },
  };
}
