/** A recording through the rules: what is parked, what drifted, and which rule remembers something. Each answer is compared with that of the rules in another realm. */
import { openRecording } from '../../../adapters/files/recording.js';
import type { RulesFolder } from '../../../adapters/files/rules-loader.js';
import type { Config } from '../../../config/schema.js';
import type { TableDrift } from '../../../decode/drift/drift.js';
import type { DriftKind } from '../../../decode/drift/finding.js';
import type { Refusal } from '../../../domain/refusal.js';
import type { JournalEntry } from '../../../domain/state/journal-entry.js';
import { DragomanError } from '../../../errors.js';
import type { PipelineEvent } from '../../../pipeline/events.js';
import { compileRuleSet, type CompiledRules } from '../../../rules/compile.js';
import type { RuleSet } from '../../../rules/rule-set.js';
import { type Doubt, doubtText, twinned } from '../../../testing/twins.js';
import { driftOfRecords } from '../drift.js';
import { embedded } from '../embedded.js';
import { REDACTED_FIX, type RedactedRead, RedactedReads, redactedText } from '../redacted-reads.js';
import { partitionCounts, withPipeline } from '../translate.js';
import { type Finding, NOWHERE } from './finding.js';
import { placed } from './source-rules.js';

export interface ReplayedRules {
  readonly records: number;
  readonly events: number;
  readonly findings: readonly Finding[];
}

/** So many decisions know nothing of those before them, in the realm that is compared with. */
const DECISIONS_A_REALM = 200;

/** @throws DragomanError RECORDING_INVALID */
export async function replayedRules(folder: RulesFolder, file: string, configured: Config): Promise<ReplayedRules> {
  const { records, redacted } = await openRecording(file);
  const reads = new RedactedReads(redacted);
  const doubts = new Map<string, Doubt>();
  let decisions = 0;
  let realm: RuleSet | null = null;
  const rules = twinned({
    rules: folder.ruleSet,
    fresh: () => (realm ??= folder.again()),
    doubt: (found) => {
      if (!doubts.has(found.what)) doubts.set(found.what, found);
    },
  });
  const compiled = compileRuleSet(reads.watch(rules));
  const { config, pipeline } = withPipeline(configured, records);
  const parked = new Parked();
  let events = 0;
  const { log, drain, journal } = embedded({
    ...{ config, pipeline, rules: { rules: compiled, digest: folder.digest }, partitions: partitionCounts(records) },
    observe: (event) => {
      parked.observe(event);
      if (event.kind !== 'decided') return;
      events += event.events.length;
      decisions += 1;
      if (decisions % DECISIONS_A_REALM === 0) realm = null;
    },
  });
  for (const { partition, ...record } of records) log.append(partition, record);
  const held = await drain().then(() => null, heldBy);
  const drift = await driftOfRecords(records, configured, compiled.tables, { otherTables: true });
  const findings: Finding[] = [
    ...(held === null ? [] : [held]),
    ...[...doubts.values()].map((doubt) => doubtFinding(folder, doubt)),
    ...reads.found.map((read) => redactedFinding(folder, read)),
    ...parked.findings(folder, compiled),
    ...drift.tables.flatMap((table) => driftFindings(folder, compiled, table)),
    ...(drift.otherTables ?? []).map(otherTable),
    ...neverHappened(folder, journal()),
  ];
  return { records: records.length, events, findings };
}

/** Of a table; columns that rules do not declare are usual, and one note. */
function driftFindings(folder: RulesFolder, { tables }: CompiledRules, drift: TableDrift): Finding[] {
  const declared = tables.get(drift.table) ?? null;
  const undeclared = drift.findings.filter(({ kind }) => kind === 'column-undeclared');
  const others = drift.findings.filter(({ kind }) => kind !== 'column-undeclared');
  const found = (kind: DriftKind, isDrift: boolean, text: string, column: string | null): Finding => ({
    ...{ kind: isDrift ? 'finding' : 'note', code: `DRIFT_${kind.toUpperCase().replaceAll('-', '_')}` },
    ...placed(folder.root, folder.placeOf(declared, column ?? undefined)),
    about: column === null ? `table ${drift.table}` : `column ${column} of ${drift.table}`,
    text,
    fix: 'docs/schema-drift.md says what it means at run time, and what to declare.',
  });
  const names = undeclared.map(({ column }) => column ?? '').join(', ');
  return [
    ...others.map(({ kind, isDrift, text, column, count }) =>
      found(kind, isDrift, count > 1 ? `${text} (${count} times in the recording)` : text, column),
    ),
    ...(names === ''
      ? []
      : [found('column-undeclared', false, `not declared, so rules do not see them: ${names}`, null)]),
  ];
}

const otherTable = (topic: string): Finding => ({
  ...{ kind: 'note', code: 'TABLE_UNDECLARED', ...NOWHERE, about: `topic ${topic}` },
  text: 'has rows of a table that no rule declares',
  fix: 'None, if no rule needs it. If a table of the rules is silent, it may be called so.',
});

/** Facts for which the recording is no evidence, with the condition that was most often in the way. */
function neverHappened(folder: RulesFolder, entries: readonly JournalEntry[]): Finding[] {
  const { root, ruleSet } = folder;
  const verdicts = entries.flatMap((entry) => entry.verdicts);
  const happened = new Set(verdicts.filter(({ verdict }) => verdict !== 'unmet').map(({ fact }) => fact));
  return ruleSet.facts
    .filter(({ name }) => !happened.has(name))
    .map((fact) => {
      const unmet = verdicts.flatMap((one) =>
        one.verdict === 'unmet' && one.fact === fact.name ? [...one.unmet, ...one.unknown] : [],
      );
      const counts = new Map<string, number>();
      for (const name of unmet) counts.set(name, (counts.get(name) ?? 0) + 1);
      const [most] = [...counts].sort(([, a], [, b]) => b - a);
      const why = most === undefined ? 'nobody asked for it' : `"${most[0]}" did not hold ${most[1]} times`;
      return {
        ...{ kind: 'note', code: 'FACT_NEVER_HAPPENED', ...placed(root, folder.placeOf(fact, fact.name)) },
        about: `fact ${fact.name}`,
        text: `did not happen once in the recording: ${why}`,
        fix: 'Record a case of it; or look whether its conditions can ever hold together.',
      };
    });
}

function heldBy(error: unknown): Finding {
  if (!(error instanceof DragomanError)) throw error;
  return {
    ...{ kind: 'finding', code: error.code, ...NOWHERE, about: 'recording', text: error.message },
    fix: 'Record again from the beginning, with every topic of the connector; what came before this was decided.',
  };
}

const doubtFinding = (folder: RulesFolder, doubt: Doubt): Finding => ({
  ...{ kind: 'finding', code: 'RULE_REMEMBERS', about: doubt.what, text: doubtText(doubt) },
  ...placed(folder.root, folder.placeOf(doubt.declared)),
  fix: 'Take it out: what an event says has to come from the rows.',
});

const redactedFinding = (folder: RulesFolder, read: RedactedRead): Finding => ({
  ...{ kind: 'finding', code: 'COLUMN_REDACTED', about: read.what, text: redactedText(read), fix: REDACTED_FIX },
  ...placed(folder.root, folder.placeOf(originalOf(folder, read.declared))),
});

/** As the rules declared it: who overhears them has copies. */
function originalOf({ ruleSet }: RulesFolder, copy: object): object | null {
  const wanted = ('contract' in copy ? copy.contract : copy) as { readonly name?: unknown };
  const { aggregates, facts, publications } = ruleSet;
  const all = [...facts, ...aggregates, ...publications.map(({ contract }) => contract)];
  const isContract = 'majorVersion' in wanted;
  return all.find((one) => one.name === wanted.name && 'majorVersion' in one === isContract) ?? null;
}

type Waiting = Extract<PipelineEvent, { kind: 'parked' | 'unplaced' }>;

/** What waits for a person, by reason: one line for each, however many wait. */
class Parked {
  readonly #byReason = new Map<string, { readonly refusal: Refusal; readonly who: string[] }>();

  observe(event: PipelineEvent): void {
    if (event.kind !== 'parked' && event.kind !== 'unplaced') return;
    const { refusal } = event;
    const reason = `${refusal.code} ${refusal.text}`;
    const known = this.#byReason.get(reason) ?? { refusal, who: [] };
    known.who.push(subjectOf(event));
    this.#byReason.set(reason, known);
  }

  findings(folder: RulesFolder, rules: CompiledRules): Finding[] {
    return [...this.#byReason.values()].map(({ refusal, who }) => ({
      ...{ kind: 'finding', code: refusal.code, ...placed(folder.root, placeIn(folder, rules, refusal)) },
      about: who.length === 1 ? `parked ${who[0] ?? ''}` : `parked ${who[0] ?? ''} and ${who.length - 1} more`,
      text: refusal.text,
      fix: 'Correct the rule or the table that the text names; docs/parking.md says what parks, and how it goes on.',
    }));
  }
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
