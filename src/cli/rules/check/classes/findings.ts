/** Columns of a class that reach a place of an event which does not carry it; and what a recording could not tell of that. */
import type { RulesFolder } from '../../../../adapters/files/rules-loader.js';
import { ruleWatch } from '../../../../adapters/files/rule-watch.js';
import { waiverOf } from '../../../../contracts/waiver.js';
import { classAt } from '../../../../rules/contracts/field-schema.js';
import { contractText } from '../../../../domain/integration-event.js';
import { RULE_MS_MAX, RuleTooSlow } from '../../../../translate/ask.js';
import { type Finding, NOWHERE } from '../finding.js';
import { placed } from '../source-rules.js';
import { type Classed, classedIn, nameOf, wordsOf } from './classed.js';
import { type Flow, flowsOf } from './flows.js';
import type { Witness } from './witness.js';

const watch = ruleWatch(RULE_MS_MAX, (forMs) => new RuleTooSlow(forMs));

/** @param redacted columns by table, as the recording says. */
export function classFindings(
  folder: RulesFolder,
  witness: Witness,
  redacted: ReadonlyMap<string, readonly string[]>,
): Finding[] {
  const isRedacted = ({ table, column }: Classed): boolean => redacted.get(table.name)?.includes(column) === true;
  const { flows, silent } = flowsOf(witness, watch);
  const contexts = new Set<string>();
  // A context is the same in all contracts of its aggregate.
  const isNew = (flow: Flow): boolean => {
    const name = JSON.stringify([nameOf(flow.from), flow.path, reasonFor(flow) === null]);
    return flow.kind !== 'context' || (!contexts.has(name) && contexts.add(name).size > 0);
  };
  const never = folder.ruleSet.facts.filter(
    (fact) =>
      folder.ruleSet.publications.some((one) => one.fact === fact) &&
      witness.sees(fact) &&
      !witness.facts.has(fact.name),
  );
  return [
    ...flows.filter((flow) => !isCarried(flow) && isNew(flow)).map((flow) => lost(folder, flow)),
    ...never.map((fact) => ({
      ...notTried(
        `fact ${fact.name}`,
        'it did not happen in the recording, so that nobody knows what of its columns reaches its contracts',
      ),
      ...placed(folder.root, folder.placeOf(fact, fact.name)),
    })),
    ...witness.classed.filter(isRedacted).map((column) => ({
      ...notTried(
        `column ${nameOf(column)}`,
        'it is redacted in this recording, so that it has no values to be changed',
      ),
      ...placed(folder.root, folder.placeOf(column.table, column.column)),
    })),
    ...silent.map(({ from, fact, contract }) => ({
      ...notTried(
        `contract ${contractText(contract.name, contract.majorVersion)}`,
        `fact ${fact} reads ${wordsOf(from)}, and no event came of any other value that was tried`,
      ),
      ...placed(folder.root, folder.placeOf(contract, contract.name)),
    })),
  ];
}

/** Without a recording nothing is known, because rules are functions: that, in words. None: no column has a class. */
export function classesNotTried({ ruleSet }: RulesFolder): string[] {
  const classed = classedIn(ruleSet);
  if (classed.length === 0 || ruleSet.publications.length === 0) return [];
  const shown = classed.slice(0, COLUMNS_SHOWN_MAX).map(wordsOf).join(', ');
  const more = classed.length > COLUMNS_SHOWN_MAX ? ` and ${classed.length - COLUMNS_SHOWN_MAX} more` : '';
  return [`classes: not tried, because a recording shows which contracts they reach: ${shown}${more}`];
}

const COLUMNS_SHOWN_MAX = 5;

const notTried = (about: string, text: string): Finding => ({
  ...{ kind: 'note', code: 'CLASS_NOT_TRIED', ...NOWHERE, about, text },
  fix: 'Try it with a recording that has the case, made where its values may be: dragoman record --redact none (docs/privacy.md).',
});

/** What is secret reaches nobody; a context stands in metrics, for everybody. */
const isCarried = ({ kind, from: { definition }, contract, path }: Flow): boolean =>
  kind === 'field' && definition.sensitivity !== 'secret' && classAt(contract, path) === definition.sensitivity;

export const CLASS_CODES = ['CLASS_LOST', 'SECRET_PUBLISHED'] as const;

const codeOf = ({ from }: Flow): (typeof CLASS_CODES)[number] =>
  from.definition.sensitivity === 'secret' ? 'SECRET_PUBLISHED' : 'CLASS_LOST';

/** Why it does not count; null: it does. */
const reasonFor = (flow: Flow): string | null =>
  waiverOf({ waived: flow.contract.waived ?? {} }, { code: codeOf(flow), path: flow.path });

function lost(folder: RulesFolder, flow: Flow): Finding {
  const { from, fact, contract, path } = flow;
  const [code, waived] = [codeOf(flow), reasonFor(flow)];
  const word = path.split(/[.[\]]+/).findLast((part) => part !== '' && part !== '*');
  return {
    ...{ kind: waived === null ? 'finding' : 'note', code },
    ...placed(folder.root, folder.placeOf(contract, word)),
    about: `contract ${contractText(contract.name, contract.majorVersion)}`,
    text:
      `${PLACES[flow.kind](path)} tells what ${wordsOf(from)} has, ${code === 'CLASS_LOST' ? 'and does not carry the class' : 'which nobody may know'}: ` +
      `in fact ${fact} another value of the column gave another one there${waived === null ? '' : `\nwaived: ${waived}`}`,
    fix: `${fixOf(flow)} Or say why it tells nothing: waived: { '${code} ${path}': 'why' } (docs/privacy.md).`,
  };
}

const PLACES: Readonly<Record<Flow['kind'], (path: string) => string>> = {
  field: (path) => `field ${path}`,
  context: (path) => `${path}, of the context,`,
  occurredAt: () => 'occurredAt',
  reason: () => 'the reason of withhold',
};

function fixOf({ kind, path, from: { definition } }: Flow): string {
  switch (kind) {
    case 'field':
      return definition.sensitivity === 'secret'
        ? 'Take it out.'
        : `Give it the class: fields: { '${path}': { class: '${definition.sensitivity}' } }; or take it out.`;
    case 'context':
      return 'Take it out of the context, which stands in metrics, for everybody.';
    case 'occurredAt':
      return 'Take the instant from a column without a class: it stands in headers, and can carry none.';
    case 'reason':
      return 'Give a reason that is the same for all values: it stands in the journal in the clear.';
  }
}
