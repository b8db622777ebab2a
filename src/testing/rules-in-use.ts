/** The rules of a scenario: those of now, and those that were in use before, for what keeps them. */
import type { AggregateRef } from '../domain/change-set.js';
import { RECORD_BYTES_MAX } from '../domain/record-size.js';
import type { AggregateState } from '../domain/state/aggregate-state.js';
import { PinnedRules } from '../pipeline/kept/pinned-rules.js';
import type { CompiledRules } from '../rules/compile.js';
import type { TranslateSettings } from '../translate/settings.js';
import type { RulesRealm, Watch } from './realm.js';

export type TestedRules = Pick<RulesRealm, 'rules' | 'watch' | 'step'>;

const SETTINGS = {
  sourceSystem: 'legacy',
  eventSource: 'urn:dragoman:test',
  eventTypePrefix: 'test',
  parts: { countMax: Infinity, bytesMax: Infinity },
  recordBytesMax: () => RECORD_BYTES_MAX,
};

export class RulesInUse {
  /** In the order in which they were first used; the place of each is its digest. */
  readonly #all: TestedRules[] = [];
  #place = 0;
  /** What a pipeline would have stored. */
  readonly #stored = new Map<string, string>();
  #pinned: PinnedRules;

  constructor(first: TestedRules) {
    this.#pinned = this.#taken(first);
  }

  /** @throws DragomanError RULES_PINNED */
  change(next: TestedRules): void {
    this.#pinned = this.#taken(next);
  }

  get rules(): CompiledRules {
    return this.#now.rules;
  }

  get watch(): Watch {
    return this.#now.watch;
  }

  get settings(): TranslateSettings {
    return { ...SETTINGS, digest: this.#digest, pins: this.#pinned };
  }

  /** With all rules that were in use: whichever of them is asked must not remember. */
  step<T>(run: () => T): T {
    return this.#all.reduce<() => T>((inner, each) => () => each.step(inner), run)();
  }

  changed({ aggregate }: AggregateRef, before: AggregateState | undefined, after: AggregateState): void {
    this.#pinned.counts.change(aggregate, before?.rules, after.rules);
    this.#store(this.#pinned);
  }

  get #now(): TestedRules {
    return this.#all[this.#place] as TestedRules;
  }

  get #digest(): string {
    return digestOf(this.#place);
  }

  #taken(next: TestedRules): PinnedRules {
    const former = this.#all.length === 0 ? null : this.#digest;
    const known = this.#all.indexOf(next);
    const place = known === -1 ? this.#all.length : known;
    const all = new Map(this.#all.map(({ rules }, each) => [digestOf(each), rules]));
    const compile = (_: string, digest: string): CompiledRules => all.get(digest) as CompiledRules;
    const pinned = new PinnedRules({ rules: next.rules, digest: digestOf(place), compile });
    pinned.load(new Map(pinned.begin(this.#stored, former).map((digest) => [digest, digest])));
    this.#all[place] = next;
    this.#place = place;
    this.#store(pinned);
    return pinned;
  }

  #store(pinned: PinnedRules): void {
    for (const { field, value } of pinned.counts.takeFresh())
      if (value === null) this.#stored.delete(field);
      else this.#stored.set(field, value);
  }
}

/** The first set of a test is called as it always was. */
const digestOf = (place: number): string => (place === 0 ? 'test' : `test-${place + 1}`);
