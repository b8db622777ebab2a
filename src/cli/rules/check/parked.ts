/** What a recording parks: one finding for each reason and place, however many wait and whatever their values are. */
import type { RulesFolder } from '../../../adapters/files/rules-loader.js';
import type { Refusal, RefusalCode } from '../../../domain/refusal.js';
import type { PipelineEvent } from '../../../pipeline/events.js';
import type { CompiledRules } from '../../../rules/compile.js';
import type { Finding } from './finding.js';
import { placed } from './source-rules.js';

/** What to do, where it is another thing than reading what the text says. */
const FIXES: Partial<Record<RefusalCode, string>> = {
  ROW_INVALID:
    'Declare what comes: docs/column-types.md has each form; docs/schema-drift.md says how, while old rows and new ones come.',
  CODE_UNKNOWN: 'Say in the column what the code means; other is for codes that mean nothing to any rule.',
  RULE_THREW:
    'Correct the rule: docs/rules-reference.md says under "What is not known" how it asks for what may be missing.',
  CONTRACT_VIOLATED: 'Give what the contract promises, or correct its data before anybody relies on it.',
  AGGREGATE_KEY_CHANGED: "Say at the aggregate what it means: onKeyChange: 'new', or 'park' for a person to decide.",
};
const FIX = 'Remove the cause that the text names: docs/parking.md says what parks, and how it goes on.';

/** So many texts of one reason at one place are shown: values in them differ. */
const TEXTS_SHOWN = 3;

type Waiting = Extract<PipelineEvent, { kind: 'parked' | 'unplaced' }>;

interface Reason {
  readonly refusal: Refusal;
  readonly place: Pick<Finding, 'file' | 'line' | 'column'>;
  readonly texts: Set<string>;
  readonly who: string[];
}

export class Parked {
  readonly #events: Waiting[] = [];

  observe(event: PipelineEvent): void {
    if (event.kind === 'parked' || event.kind === 'unplaced') this.#events.push(event);
  }

  /** How many aggregates, and rows of unknown ones. */
  get count(): number {
    return new Set(this.#events.map(subjectOf)).size;
  }

  /** Whether a rule of this fact, or its contract, is what parked something: then it did come to it. */
  isReached(fact: string): boolean {
    const named = new RegExp(`(^| of )${fact}\\b`);
    return this.#events.some(({ refusal }) => named.test(refusal.text));
  }

  findings(folder: RulesFolder, rules: CompiledRules): Finding[] {
    const reasons = new Map<string, Reason>();
    for (const event of this.#events) {
      const { refusal } = event;
      const place = placed(folder.root, placeIn(folder, rules, refusal));
      const key = JSON.stringify([refusal.code, place.file === null ? refusal.text : place]);
      const reason = reasons.get(key) ?? { refusal, place, texts: new Set(), who: [] };
      reasons.set(key, reason);
      reason.texts.add(refusal.text);
      reason.who.push(subjectOf(event));
    }
    return [...reasons.values()].map(({ refusal: { code }, place, texts, who }) => ({
      ...{ kind: 'finding', code, ...place },
      about: who.length === 1 ? `parked ${who[0] ?? ''}` : `parked ${who[0] ?? ''} and ${who.length - 1} more`,
      text: shownTexts([...texts]),
      fix: FIXES[code] ?? FIX,
    }));
  }
}

function shownTexts(texts: readonly string[]): string {
  const more = texts.length - TEXTS_SHOWN;
  return [...texts.slice(0, TEXTS_SHOWN), ...(more > 0 ? [`and ${more} more like these`] : [])].join('\n');
}

const subjectOf = (event: Waiting): string =>
  event.kind === 'parked' ? `${event.aggregate} ${event.id}` : `${event.table} ${event.key}`;

/** Of the longest name in the text that the rules declared: often a fact has that of its contract. */
function placeIn(folder: RulesFolder, { tables }: CompiledRules, { code, text }: Refusal) {
  const { facts, publications } = folder.ruleSet;
  const [, condition] = /condition "([^"]+)"/.exec(text) ?? [];
  const ofFacts = facts.map((fact) => [fact.name, fact, condition] as const);
  const ofContracts = publications.map(({ contract }) => [contract.name, contract, undefined] as const);
  const ofTables = [...tables.values()].flatMap((table) => [
    [table.name, table, undefined] as const,
    ...Object.keys(table.columns).map((column) => [`${table.name}.${column}`, table, column] as const),
  ]);
  const named = [...(code === 'CONTRACT_VIOLATED' ? ofContracts : ofFacts), ...ofFacts, ...ofTables];
  const [found] = named.filter(([name]) => text.includes(name)).sort(([a], [b]) => b.length - a.length);
  return found === undefined ? null : folder.placeOf(found[1], found[2]);
}
