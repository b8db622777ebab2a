/** What `translate` says at its end, and whether it is a finding. Pure. */
import type { PipelineEvent } from '../../pipeline/events.js';

type EventOf<K extends PipelineEvent['kind']> = Extract<PipelineEvent, { kind: K }>;
type Parked = EventOf<'parked' | 'unplaced'>;

/** Of one reason. */
const SHOWN_MAX = 10;
const NAMES_SHOWN_MAX = 12;

export class TranslateReport {
  readonly #parked: Parked[] = [];
  /** By source, as last told. */
  readonly #sequenced = new Map<string, EventOf<'sequenced'>>();
  readonly #interventions = new Map<string, { changeSets: number; facts: number }>();
  #rows = 0;

  observe(event: PipelineEvent): void {
    if (event.kind === 'decided') this.#learn(event);
    else if (event.kind === 'parked' || event.kind === 'unplaced') this.#parked.push(event);
    else if (event.kind === 'sequenced') this.#sequenced.set(event.source, event);
    else if (event.kind === 'consumed') this.#rows += rowsIn(event);
  }

  get parked(): number {
    return this.#parked.length;
  }

  get openTransactions(): number {
    return [...this.#sequenced.values()].reduce((sum, { openTransactions }) => sum + openTransactions, 0);
  }

  get hasRows(): boolean {
    return this.#rows > 0;
  }

  #learn({ entry: { intervention, verdicts } }: EventOf<'decided'>): void {
    if (intervention === undefined) return;
    const known = this.#interventions.get(intervention) ?? { changeSets: 0, facts: 0 };
    known.changeSets += 1;
    known.facts += verdicts.filter(({ verdict }) => verdict === 'learnt').length;
    this.#interventions.set(intervention, known);
  }

  /** What was learnt and not published: one line for each intervention. */
  interventions(): string[] {
    return [...this.#interventions].map(
      ([name, { changeSets, facts }]) =>
        `intervention "${name}": ${changeSets} decisions, ${facts} facts not published`,
    );
  }

  /** One line for each reason and each that it concerns; none when all went well. */
  findings(): string[] {
    const held = [...this.#sequenced.values()].flatMap(({ source, allHeld }) =>
      allHeld.map(({ transaction, code, text }) => `held ${transaction} of ${source}: ${code}: ${text}`),
    );
    return [...held, ...parkedLines(this.#parked)];
  }
}

const NO_ROWS: ReadonlySet<string> = new Set(['begin', 'end', 'skipped', 'message']);

const rowsIn = ({ byOperation }: EventOf<'consumed'>): number =>
  Object.entries(byOperation).reduce((sum, [operation, count]) => (NO_ROWS.has(operation) ? sum : sum + count), 0);

export interface NoRows {
  /** Topics of the recording, and those of the declared tables. */
  readonly seen: ReadonlySet<string>;
  readonly expected: readonly string[];
  /** Tables of which it has rows, and the pattern by which its topics are named; null: as without any setting, or not known. */
  readonly tables: readonly string[];
  readonly pattern: string | null;
  /** Patterns that the config has. */
  readonly configured: readonly (string | null)[];
}

/** Of declared tables that the recording does not have. That is as it should be, or a name is misspelt. */
export const silentTopics = ({ seen, expected }: NoRows): string[] => expected.filter((topic) => !seen.has(topic));

/** A wrong prefix, or another naming of topics, looks like this. */
export function noRowsText({ seen, expected, tables, pattern, configured }: NoRows): string {
  const naming =
    pattern === null || configured.includes(pattern)
      ? ''
      : ` The topics of its rows are named ${pattern}: say so with \`topics\` of the source (docs/topics.md).`;
  return (
    `no record was of a declared table. Expected topics: ${listed(expected)}. Topics of the recording: ${listed([...seen])}. ` +
    `Its rows are of: ${listed(tables)}.${naming} See the source's name, topicPrefix and topics in the config (docs/topics.md), and the ` +
    `names of the tables in the rules.`
  );
}

export function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN_MAX).join(', ');
  const more = names.length - NAMES_SHOWN_MAX;
  return names.length === 0 ? 'none' : more > 0 ? `${shown} and ${more} more` : shown;
}

function parkedLines(parked: readonly Parked[]): string[] {
  const byCode = new Map<string, Parked[]>();
  for (const event of parked) byCode.set(event.refusal.code, [...(byCode.get(event.refusal.code) ?? []), event]);
  return [...byCode].flatMap(([code, events]) => {
    const more = events.length - SHOWN_MAX;
    const lines = events
      .slice(0, SHOWN_MAX)
      .map((event) => `parked ${subjectOf(event)}: ${code}: ${event.refusal.text}`);
    return more > 0 ? [...lines, `and ${more} more parked with ${code}`] : lines;
  });
}

const subjectOf = (event: Parked): string =>
  event.kind === 'parked' ? `${event.aggregate} ${event.id}` : `${event.table} ${event.key}`;
