/**
 * A recording through the rules: what is parked, what drifted, which rule remembers something, and which column of a class reaches a contract that does
 * not carry it. Each answer is compared with that of the rules in another realm.
 */
import { openRecording } from '../../../adapters/files/recording.js';
import type { RulesFolder } from '../../../adapters/files/rules-loader.js';
import type { Config } from '../../../config/schema.js';
import type { DragomanError } from '../../../errors.js';
import { compileRuleSet } from '../../../rules/compile.js';
import { contractsIn } from '../../../rules/correction.js';
import type { RuleSet } from '../../../rules/rule-set.js';
import { type Doubt, doubtText, twinned } from '../../../testing/twins.js';
import { classFindings } from './classes/findings.js';
import { Witness } from './classes/witness.js';
import { driftOfRecords } from '../drift.js';
import { REDACTED_FIX, type RedactedRead, RedactedReads, redactedText } from '../redacted-reads.js';
import { driftFindings, otherTable } from './drifted.js';
import { type Finding, NOWHERE } from './finding.js';
import { neverHappened } from './never.js';
import { Parked } from './parked.js';
import { replayed } from './replay.js';
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
  const witness = new Witness(folder.ruleSet);
  const compiled = compileRuleSet(witness.watch(reads.watch(rules)));
  const parked = new Parked();
  let events = 0;
  const { held, journal } = await replayed({
    ...{ rules: compiled, digest: folder.digest, records, config: configured },
    observe: (event) => {
      parked.observe(event);
      if (event.kind !== 'decided') return;
      events += event.events.length;
      decisions += 1;
      if (decisions % DECISIONS_A_REALM === 0) realm = null;
    },
  });
  const drift = await driftOfRecords(records, configured, compiled.tables, { otherTables: true });
  const topicsUnread = drift.otherTables ?? [];
  const findings: Finding[] = [
    ...(held === null ? [] : [heldBy(held)]),
    ...[...doubts.values()].map((doubt) => doubtFinding(folder, doubt)),
    ...reads.found.map((read) => redactedFinding(folder, read)),
    ...classFindings(folder, witness, redacted),
    ...parked.findings(folder, compiled),
    ...drift.tables.flatMap((table) => driftFindings(folder, compiled, table, topicsUnread)),
    ...topicsUnread.map(otherTable),
    ...neverHappened(folder, journal(), parked),
  ];
  return { records: records.length, events, findings };
}

const heldBy = ({ code, message }: DragomanError): Finding => ({
  ...{ kind: 'finding', code, ...NOWHERE, about: 'recording', text: message },
  fix: 'Record again from the beginning, with every topic of the connector; what came before this was decided.',
});

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
  const { aggregates, facts } = ruleSet;
  const all = [...facts, ...aggregates, ...contractsIn(ruleSet)];
  const isContract = 'majorVersion' in wanted;
  return all.find((one) => one.name === wanted.name && 'majorVersion' in one === isContract) ?? null;
}
