/** The contracts of the rules that are in use here, as other teams get them. */
import { join } from 'node:path';
import type { Config } from '../../config/schema.js';
import { publishedContracts, type PublishedEvent } from '../../contracts/published-contracts.js';
import type { CompiledRules } from '../../rules/compile.js';
import { namingOf } from '../registry/contract-schemas.js';

/** Where an export stands when nothing else is said. @param rules folder of the rules. */
export const publishedFolder = (rules: string): string => join(rules, 'contracts', 'published');

/** By name and version, as events under this config have them. */
export const publishedOf = (rules: CompiledRules, { sourceSystem, event, contracts }: Config): PublishedEvent[] =>
  publishedContracts(rules, {
    ...{ sourceSystem, eventSource: event.source, eventTypePrefix: event.typePrefix },
    registryOf: (contract) => namingOf(contracts, contract),
  });
