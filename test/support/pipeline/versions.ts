/** A pipeline in memory whose rules change between two lives of its task, each set by a letter that stands in its digest and its events. */
import type { CompiledRules } from '../../../src/rules/compile.js';
import type { TaskSettings } from '../../../src/pipeline/task.js';
import { type LifeEnd, Rig, type RigOptions, type RigPorts } from '../rig.js';
import type { RecordedRecord } from '../recordings.js';
import { readyRules, type Spoiled } from '../sources/ready-orders.js';

export const digestOf = (name: string): string => name.repeat(16);

export interface Version {
  readonly name: string;
  readonly rules: CompiledRules;
}

/** The letter stands in what is published. */
const lettered = (name: string): Pick<Spoiled, 'map'> => ({
  map: ({ data }) => ({ note: `${name}: ${data['note'] as string}` }),
});

/** Orders keep them, unless something else is said. */
export const versionOf = (name: string, spoiled: Spoiled = {}): Version => ({
  name,
  rules: readyRules({ pin: true, ...lettered(name), ...spoiled }).rules,
});

/** Of whose orders nothing is kept. */
export const unpinnedOf = (name: string): Version => ({ name, rules: readyRules(lettered(name)).rules });

export class Versions {
  readonly rig: Rig;
  readonly #versions: ReadonlyMap<string, Version>;
  readonly #options: Omit<RigOptions, 'rules'>;

  constructor(
    records: readonly RecordedRecord[],
    versions: readonly Version[],
    options: Omit<RigOptions, 'rules'> = {},
  ) {
    const [first] = versions as [Version];
    this.#versions = new Map(versions.map((version) => [digestOf(version.name), version]));
    this.#options = options;
    this.rig = new Rig(records, {
      journalPartitions: 1,
      ...options,
      rules: { rules: first.rules, digest: digestOf(first.name) },
    });
  }

  settings(name: string): TaskSettings {
    const version = this.#versions.get(digestOf(name)) as Version;
    return { ...this.rig.settings(digestOf(name)), ...this.#forAll(), rules: version.rules, bundle: `text of ${name}` };
  }

  /** @returns a life of the task with these rules. */
  live(name: string, ports: RigPorts = this.rig.ports()): Promise<LifeEnd> {
    return this.rig.live(ports, this.settings(name));
  }

  #forAll(): Partial<TaskSettings> {
    const compile = (bundle: string, digest: string): CompiledRules => {
      const version = this.#versions.get(digest) as Version;
      if (bundle !== `text of ${version.name}`) throw new TypeError(`${bundle} is not the text of ${digest}`);
      return version.rules;
    };
    return { ...this.#options.settings, compile };
  }

  /** `1 a: n`, in the order of the topic. */
  get told(): string[] {
    return this.rig.published().map(({ key, value }) => `${key} ${String(value['note'])}`);
  }

  /** What the state topic counts, by digest. */
  get counted(): Record<string, unknown> {
    const cells = this.rig.stored().get('~pinned') ?? new Map<string, string>();
    return Object.fromEntries(
      [...cells].map(([field, text]) => [field.replace(/^order\t/, '').slice(0, 1), JSON.parse(text)]),
    );
  }

  /** What orders say, by id: the letter of the rules that they keep. */
  get kept(): Record<string, string | undefined> {
    return Object.fromEntries(
      [...this.rig.states()].map(([name, { rules }]) => [name.replace('order:', ''), rules?.slice(0, 1)]),
    );
  }
}
