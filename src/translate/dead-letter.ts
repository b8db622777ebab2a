import type { ChangeEvent, RecordPlace } from '../domain/change-event.js';
import type { ChangeSet } from '../domain/change-set.js';
import type { Refusal } from '../domain/refusal.js';
import type { CompiledRules } from '../rules/compile.js';
import type { Importance } from '../rules/fact.js';
import type { TranslateSettings } from './settings.js';

/** A copy of what was parked, for people and for tools that redrive; without topic. */
export interface DeadLetter {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Highest importance of the facts at stake; null when the aggregate has none. */
  readonly severity: Importance | null;
}

/** @param place where the first of its rows stands in Kafka, when that is known. */
export function deadLetter(
  _changeSet: ChangeSet,
  _refusal: Refusal,
  _rules: CompiledRules,
  _settings: TranslateSettings,
  _place: RecordPlace | null = null,
): DeadLetter {
  return { key: '', value: '', headers: {}, severity: null };
}

/** For a change whose aggregate cannot be found (`split`'s `unplaceable`). */
export function rowDeadLetter(
  _change: ChangeEvent,
  _refusal: Refusal,
  _rules: CompiledRules,
  _settings: TranslateSettings,
): DeadLetter {
  return { key: '', value: '', headers: {}, severity: null };
}
