/** Contracts as a registry has them: the JSON Schema of the whole value, and the subject that it is registered under. */
import type { Config } from '../../config/schema.js';
import { nearMiss } from '../../config/near-miss.js';
import { wireSchema } from '../../contracts/value-schema.js';
import { contractText } from '../../domain/integration-event.js';
import { DragomanError } from '../../errors.js';
import type { CompiledRules } from '../../rules/compile.js';
import type { ContractDefinition } from '../../rules/contract.js';

export type Naming = Config['contracts'][string]['registry'];

export interface ContractSchema {
  /** `Order.v1`. */
  readonly contract: string;
  readonly subject: string;
  /** JSON. */
  readonly text: string;
  /** What its events say of it. */
  readonly naming: Naming;
}

/** What the config says of a contract: by its name and major version, else by its name. */
export const namingOf = (
  configured: Config['contracts'],
  { name, majorVersion }: Pick<ContractDefinition, 'name' | 'majorVersion'>,
): Naming => (configured[contractText(name, majorVersion)] ?? configured[name])?.registry ?? 'none';

/** @throws DragomanError CONFIG_INVALID when the config names a contract that there is not, or two would have one subject. */
export function contractSchemas(
  { contracts: configured, registry, event }: Config,
  rules: CompiledRules,
): ContractSchema[] {
  const all = rules.contracts.map((contract) => {
    const name = contractText(contract.name, contract.majorVersion);
    const naming = namingOf(configured, contract);
    const subject = subjectOf(registry.subjects, contract.topic, name);
    return {
      contract: name,
      subject,
      text: JSON.stringify(wireSchema(contract, rules, event.typePrefix).schema),
      naming,
    };
  });
  const known = rules.contracts.flatMap(({ name, majorVersion }) => [name, contractText(name, majorVersion)]);
  for (const name of Object.keys(configured)) if (!known.includes(name)) throw noContract(name, known);
  return all.sort((a, b) => (a.subject < b.subject ? -1 : 1));
}

/** A subject has one line of compatible schemas: by the name of the record each contract, and each major version of it, has its own. */
function subjectOf(strategy: Config['registry']['subjects'], topic: string, record: string): string {
  switch (strategy) {
    case 'record':
      return record;
    case 'topicRecord':
      return `${topic}-${record}`;
    case 'topic':
      return `${topic}-value`;
  }
}

/** @throws DragomanError CONFIG_INVALID */
export function checkSubjects(schemas: readonly ContractSchema[]): void {
  schemas.forEach(({ subject, contract }, i) => {
    const other = schemas[i + 1];
    if (other?.subject !== subject) return;
    throw new DragomanError(
      'CONFIG_INVALID',
      `${contract} and ${other.contract} would both be registered under ${subject}, each as a version of the other. With several types of event in one ` +
        `topic registry.subjects is topicRecord or record.`,
    );
  });
}

function noContract(name: string, known: readonly string[]): DragomanError {
  const near = nearMiss(name, known);
  const text = `contracts.${name} of the config names no contract of the rules${near === null ? '' : `; did you mean ${near}?`}`;
  return new DragomanError('CONFIG_INVALID', text);
}
