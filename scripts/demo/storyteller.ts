/**
 * Turns groups of decisions into the text of the show. It remembers the orders as they were before each transaction, shows
 * every transaction that caused an event, and of the others those that teach something new; the rest it counts in one line.
 * When much happens at once, blocks become short, so that a reader can follow. Pure but for what it remembers.
 */
import { aggregateText } from '../../src/domain/state/aggregate-state.js';
import type { CompiledRules } from '../../src/rules/compile.js';
import { type Block, blockText, type Part } from './block.js';
import type { Decision, Group } from './decision.js';
import { eventLines } from './event-words.js';
import { count, type Line, type Paint, wrapAll } from './lines.js';
import { type Reasons, reasonsOf } from './reasons.js';
import { type Remembered, remembered } from './remembered.js';
import { rowLines, shortTable } from './row-words.js';

export interface StorySettings {
  readonly rules: CompiledRules;
  readonly width: number;
  readonly paint: Paint;
  /** Seconds of the source that pass in one second of the show. */
  readonly speed: number;
}

/** What a reader can take in. */
const LINES_PER_SECOND = 9;
const LINES_AT_ONCE = 40;
/** Transactions of which there is nothing to say are counted in one line, when there are so many. */
const QUIET_LINE_FROM = 3;

interface Told {
  readonly decision: Decision;
  readonly reasons: Reasons;
}

export class Storyteller {
  readonly #settings: StorySettings;
  readonly #states = new Map<string, Remembered>();
  readonly #known = new Set<string>();
  #baseline: Decision[] = [];
  #quiet: Group[] = [];
  #budget = LINES_AT_ONCE;
  #budgetAtMs: number | null = null;

  constructor(settings: StorySettings) {
    this.#settings = settings;
  }

  /** States as the last decision left them, by `order:4711`. */
  get states(): ReadonlyMap<string, Remembered> {
    return this.#states;
  }

  tell(group: Group): string[] {
    const told = group.decisions.map((decision) => this.#remember(decision));
    if (group.transactionId === null) {
      this.#baseline.push(...group.decisions);
      return [];
    }
    const isNew = told.some(({ reasons }) => reasons.quiet.some(({ kind }) => !this.#known.has(kind)));
    const hasEvents = group.decisions.some(({ events }) => events.length > 0);
    const isShort = this.#isShort(group.commitTimeMs);
    if (!hasEvents && (!isNew || isShort)) {
      this.#quiet.push(group);
      return [];
    }
    const parts = told.flatMap((one) => this.#part(one, isShort));
    const rest = group.decisions.length - parts.length;
    const text = this.#blockText({ ...group, parts: rest === 0 ? parts : [...parts, restPart(rest)] });
    return this.#spend([...this.#pending(QUIET_LINE_FROM), ...text]);
  }

  /** What was counted and not yet told. */
  end(): string[] {
    return this.#pending(1);
  }

  #remember(decision: Decision): Told {
    const name = aggregateText(decision.entry);
    const before = this.#states.get(name);
    const after = decision.after ?? remembered(before, decision.entry);
    this.#states.set(name, after);
    return { decision, reasons: reasonsOf(decision, { before, after }, this.#settings.rules) };
  }

  #part({ decision, reasons }: Told, isShort: boolean): Part[] {
    const { entry, events } = decision;
    const rows = isShort ? shortRows(decision) : rowLines(entry, this.#settings.rules.tables);
    if (events.length > 0) {
      const outcome = reasons.events.flatMap((reason) => eventLines(reason, this.#settings.rules, isShort));
      return [{ id: entry.id, rows, outcome }];
    }
    if (isShort) return [];
    const first = reasons.quiet.find(({ kind }) => !this.#known.has(kind));
    if (first !== undefined) this.#known.add(first.kind);
    else if (!rows.some(({ role }) => role === 'move')) return [];
    return [{ id: entry.id, rows, outcome: first === undefined ? [] : [{ role: 'quiet', text: `· ${first.text}` }] }];
  }

  #blockText(block: Block): string[] {
    const { width, paint } = this.#settings;
    return blockText(block, width, paint);
  }

  /** The line of the snapshot, and the line of transactions that were only counted. */
  #pending(quietFrom: number): string[] {
    const { paint, width } = this.#settings;
    const texts = [baselineText(this.#baseline)];
    this.#baseline = [];
    if (this.#quiet.length >= quietFrom) {
      texts.push(quietText(this.#quiet));
      this.#quiet = [];
    }
    const lines = texts.filter((text) => text !== '').map((text): Line => ({ role: 'quiet', text }));
    return wrapAll(lines, width).map(({ role, text }) => paint(role, text));
  }

  #isShort(commitTimeMs: number): boolean {
    const passedMs = Math.max(0, commitTimeMs - (this.#budgetAtMs ?? commitTimeMs)) / this.#settings.speed;
    this.#budgetAtMs = commitTimeMs;
    this.#budget = Math.min(LINES_AT_ONCE, this.#budget + (passedMs / 1_000) * LINES_PER_SECOND);
    return this.#budget < 0;
  }

  #spend(lines: string[]): string[] {
    this.#budget -= lines.length;
    return lines;
  }
}

/** Orders that the transaction touched too, and of which there is nothing new to say. */
const restPart = (orders: number): Part => ({
  id: '',
  rows: [{ role: 'quiet', text: `… and rows of ${count(orders, 'other order')}` }],
  outcome: [],
});

/** `4 row changes: ord_hdr, whs_rel` */
function shortRows({ entry: { rows } }: Decision): Line[] {
  const tables = [...new Set(rows.map(({ table }) => shortTable(table)))].join(', ');
  return [{ role: 'quiet', text: `${count(rows.length, 'row change')}: ${tables}` }];
}

function baselineText(decisions: readonly Decision[]): string {
  if (decisions.length === 0) return '';
  const rows = decisions.reduce((sum, { entry }) => sum + entry.rows.length, 0);
  const events = decisions.reduce((sum, decision) => sum + decision.events.length, 0);
  const orders = new Set(decisions.map(({ entry }) => entry.id)).size;
  return (
    `snapshot: ${count(rows, 'row')} of ${count(orders, 'order')} as they were when the connector started. ` +
    `They are remembered, not announced: ${count(events, 'event')}.`
  );
}

function quietText(groups: readonly Group[]): string {
  if (groups.length === 0) return '';
  const decisions = groups.flatMap((group) => group.decisions);
  const rows = decisions.reduce((sum, { entry }) => sum + entry.rows.length, 0);
  const orders = new Set(decisions.map(({ entry }) => entry.id)).size;
  return `… ${count(groups.length, 'transaction')} without an event (${count(rows, 'row change')}, ${count(orders, 'order')})`;
}
