/**
 * Aggregates that keep the rules by which they began (docs/pinning.md), and are to be decided by those of now. Nothing is published by it: what
 * holds by the rules of now and did not happen has been, as it is with any rules that are new (D3 of `translate/decide.ts`).
 */
import type { AggregateRef, Origin } from '../../domain/change-set.js';
import { outcomeOf, type RulesCommand } from '../../domain/command.js';
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import { firstNameOf } from '../../rules/named.js';
import { without } from '../../translate/own.js';
import type { Translated } from '../../translate/translate.js';
import { type Decisions, type DecideSettings, Deciding } from '../decide/decisions.js';
import type { Memory } from '../state/memory.js';

interface Migrating extends AggregateRef {
  readonly state: AggregateState;
  readonly origin: Origin;
}

/** One of them, parked or not: what waits is decided by the rules of now when it is taken up. */
export function migrated(
  { aggregate, id, state, origin }: Migrating,
  { rules, translate }: DecideSettings,
): Translated {
  const { digest } = translate;
  const isKeeping = rules.aggregates.get(aggregate)?.pin === true;
  const next = isKeeping ? { ...state, rules: digest } : without(state, 'rules');
  const nothing = { refusal: null, rows: [], verdicts: [], events: [] };
  return {
    state: next,
    entry: { aggregate, id, origin, outcome: 'migrated', ...nothing, digest, state: next },
    events: [],
  };
}

/** All of one type that keep the same rules, at once: what each of them says stays, and means the rules of now. */
export function migrateAll(command: RulesCommand, memory: Memory, settings: DecideSettings): Decisions {
  const { aggregate, rules: from } = command.arguments;
  const { rules, translate } = settings;
  const decisions = new Deciding(memory, settings);
  const { counts } = memory.pinned;
  const done = counts.migrate(firstNameOf(rules, aggregate), from, translate.digest);
  const outcome =
    done === null
      ? outcomeOf(
          command,
          'refused',
          `No ${aggregate} keeps the rules ${from}, or they are those of now (${translate.digest}).`,
        )
      : outcomeOf(
          command,
          'applied',
          `${countText(done)} decided by the rules of now (${translate.digest}) from here on.`,
        );
  decisions.told.push({ kind: 'command', outcome });
  return decisions.end();
}

const countText = ({ count, isOpen }: { readonly count: number; readonly isOpen: boolean }): string =>
  isOpen ? `${count}, and all that began before any rules were kept, are` : `${count} are`;
