/** What a rule set may be, and perhaps is not meant to be: things that nobody uses, order that is lost, money whose digits are. Pure. */
import { z } from 'zod';
import type { TableDefinition } from '../../domain/tables/table.js';
import type { AggregateDefinition } from '../aggregate.js';
import type { ContractDefinition } from '../contract.js';
import { contractsIn } from '../correction.js';
import type { FactDefinition } from '../fact.js';
import type { InterventionDefinition } from '../interventions/intervention.js';
import type { OriginDefinition } from '../origins/origin.js';
import type { CapabilityDefinition } from '../routes/capability.js';
import type { RuleSet } from '../rule-set.js';
import { kindOf } from './check-references.js';
import { tablesOf } from './check-tables.js';
import { keyColumns } from './key-columns.js';
import {
  type About,
  aboutAggregate,
  aboutCapability,
  aboutContract,
  aboutFact,
  aboutIntervention,
  aboutMember,
  aboutOrigin,
} from './problem.js';

/** Each code with what to do when it is not meant. */
const FIXES = {
  FACT_UNPUBLISHED: 'Publish it: publish(fact).as(contract, ...); or leave it, if it is for the journal only.',
  FACT_UNLISTED: 'List it in facts of the rule set, or delete it.',
  CONTRACT_UNPUBLISHED: 'Publish a fact under it, or delete it.',
  INTERVENTION_UNLISTED: 'List it in interventions of the rule set, or delete it.',
  ORIGIN_UNLISTED: 'List it in origins of the rule set, or delete it.',
  CAPABILITY_UNLISTED: 'List it in capabilities of the rule set, or delete it.',
  TABLE_UNUSED: 'Make it a member or a lookup of an aggregate, or delete it.',
  TOPICS_SPLIT: 'Give the contracts of one aggregate one topic: only inside of one does a consumer see them in order.',
  MONEY_AS_NUMBER:
    'Keep money as text with its scale: legacy.decimal({ scale: 2 }), z.string().regex(/^-?\\d+\\.\\d{2}$/).',
  PINNED_FOR_EVER: 'Say when it is finished: retire: { when, after } (docs/retiring.md).',
  SUNSET_PAST:
    'Publish nothing under it any more, and take it out; or put the day off, which consumers have to be told: docs/contracts.md.',
  MEMBER_KEYS_DIFFER: 'Look whether the texts are alike: 042 and 42 are two aggregates.',
} as const;

export const NOTE_CODES = Object.keys(FIXES) as RuleNoteCode[];
export type RuleNoteCode = keyof typeof FIXES;

export interface RuleNote {
  readonly code: RuleNoteCode;
  readonly text: string;
  readonly fix: string;
  readonly about: About;
}

const note = (code: RuleNoteCode, about: About, text: string): RuleNote => ({ code, text, fix: FIXES[code], about });

/**
 * The rule set may have problems.
 * @param declared everything that the rules declared, listed or not. @param today `YYYY-MM-DD`, UTC.
 */
export const noteProblems = (rules: RuleSet, declared: readonly object[], today: string): RuleNote[] => [
  ...unpublished(rules),
  ...unused(rules, declared),
  ...splitTopics(rules),
  ...tablesOf(rules.aggregates).flatMap(moneyColumns),
  ...contractsIn(rules).flatMap(moneyFields),
  ...sunsetsPast(rules, today),
  ...rules.aggregates.flatMap(pinnedForEver),
  ...rules.aggregates.flatMap(differingKeys),
];

const unpublished = ({ facts, publications }: RuleSet): RuleNote[] =>
  facts
    .filter((fact) => publications.every((publication) => publication.fact !== fact))
    .map((fact) => note('FACT_UNPUBLISHED', aboutFact(fact), 'happens, and nobody is told: no publication has it'));

/** A note here, because rules do not go wrong by the calendar; a finding of `dragoman contracts check`. */
const sunsetsPast = (rules: RuleSet, today: string): RuleNote[] =>
  contractsIn(rules)
    .filter(({ sunset }) => typeof sunset === 'string' && sunset <= today)
    .map((contract) =>
      note(
        'SUNSET_PAST',
        aboutContract(contract, 'sunset'),
        `its day was ${contract.sunset ?? ''}, and the rules still publish it`,
      ),
    );

function unused(
  { aggregates, facts, publications, interventions = [], origins = [], capabilities = [], corrections = [] }: RuleSet,
  declared: readonly object[],
): RuleNote[] {
  const used = new Set<object>([
    ...aggregates,
    ...facts,
    ...publications.flatMap((publication) => [publication, publication.contract, publication.fact]),
    ...tablesOf(aggregates),
    ...interventions,
    ...origins,
    ...capabilities,
    ...corrections.flatMap((each) => [each, each.correction]),
  ]);
  return declared
    .filter((thing) => !used.has(thing))
    .flatMap((thing) => {
      if (isFact(thing))
        return [note('FACT_UNLISTED', aboutFact(thing), 'is declared, and the rule set does not list it')];
      if (isContract(thing))
        return [note('CONTRACT_UNPUBLISHED', aboutContract(thing), 'is declared, and no fact is published under it')];
      if (isIntervention(thing))
        return [
          note('INTERVENTION_UNLISTED', aboutIntervention(thing), 'is declared, and the rule set does not list it'),
        ];
      if (isOrigin(thing))
        return [note('ORIGIN_UNLISTED', aboutOrigin(thing), 'is declared, and the rule set does not list it')];
      if (isCapability(thing))
        return [note('CAPABILITY_UNLISTED', aboutCapability(thing), 'is declared, and the rule set does not list it')];
      if (isTable(thing)) {
        const about = { where: `table ${thing.name}`, declared: thing, word: thing.name };
        return [note('TABLE_UNUSED', about, 'is declared, and no aggregate has it: none of its rows is read')];
      }
      return [];
    });
}

const isFact = (thing: object): thing is FactDefinition => 'importance' in thing;
const isContract = (thing: object): thing is ContractDefinition => 'majorVersion' in thing;
const isIntervention = (thing: object): thing is InterventionDefinition => 'annotated' in thing && 'within' in thing;
const isOrigin = (thing: object): thing is OriginDefinition => 'says' in thing;
const isCapability = (thing: object): thing is CapabilityDefinition => 'initially' in thing && 'owner' in thing;
const isTable = (thing: object): thing is TableDefinition => 'columns' in thing && 'key' in thing;

const pinnedForEver = (aggregate: AggregateDefinition): RuleNote[] =>
  aggregate.pin !== true || aggregate.retire !== null
    ? []
    : [
        note(
          'PINNED_FOR_EVER',
          aboutAggregate(aggregate, 'pin'),
          'keeps the rules by which it began and is never retired: each set of rules stays in use, and a start with too many is refused',
        ),
      ];

/** Told at each contract that is not in the topic of the first. */
function splitTopics({ publications }: RuleSet): RuleNote[] {
  const first = new Map<string, ContractDefinition>();
  const notes = new Map<ContractDefinition, RuleNote>();
  for (const { fact, contract } of publications) {
    const other = first.get(fact.aggregate);
    if (other === undefined) first.set(fact.aggregate, contract);
    else if (other.topic !== contract.topic && !notes.has(contract)) {
      const text =
        `events of one ${fact.aggregate} go to ${other.topic} and, with this contract, to ${contract.topic}: between two topics ` +
        'their order is lost';
      notes.set(contract, note('TOPICS_SPLIT', { ...aboutContract(contract, 'topic'), also: [other] }, text));
    }
  }
  return [...notes.values()];
}

const MONEY =
  /^(.*[_-])?(amount|amt|price|prc|total|tot|cost|fee|tax|vat|balance|bal|discount|disc|refund|money|revenue)$/i;

/** `totalAmount` and `tot_amt` are money, `amountOfLines` and `quantity` are not. */
const isMoney = (name: string): boolean => MONEY.test(name.replace(/(?<=[a-z])(?=[A-Z])/g, '_'));

const moneyColumns = (table: TableDefinition): RuleNote[] =>
  Object.entries(table.columns).flatMap(([name, column]) => {
    if ((column as unknown) === undefined || column.type.kind !== 'float' || !isMoney(name)) return [];
    const about = { where: `column ${name} of ${table.name}`, declared: table, word: name };
    return [note('MONEY_AS_NUMBER', about, 'reads like money, and a double does not keep its digits')];
  });

function moneyFields(contract: ContractDefinition): RuleNote[] {
  if (!(contract.data instanceof z.ZodObject)) return [];
  return fieldsOf(contract.data)
    .filter(([name, type]) => type instanceof z.ZodNumber && type.format !== 'safeint' && isMoney(name))
    .map(([name]) =>
      note(
        'MONEY_AS_NUMBER',
        aboutContract(contract, name),
        `field ${name} reads like money, and JSON readers make a double of it`,
      ),
    );
}

/** Of all depths. */
function fieldsOf(type: unknown): [string, unknown][] {
  if (type instanceof z.ZodObject)
    return Object.entries(type.shape).flatMap(([name, field]) => [[name, bare(field)], ...fieldsOf(bare(field))]);
  return type instanceof z.ZodArray ? fieldsOf(bare(type.element)) : [];
}

function bare(type: unknown): unknown {
  return type instanceof z.ZodNullable || type instanceof z.ZodOptional || type instanceof z.ZodDefault
    ? bare(type.unwrap())
    : type;
}

/** Members are joined by the texts of their keys. */
function differingKeys(aggregate: AggregateDefinition): RuleNote[] {
  const direct = Object.entries(aggregate.members).filter(([, member]) => (member.parent as unknown) === null);
  const kinds = direct.map(([name, { table, keyOf }]) => ({
    name,
    kinds: (keyColumns(keyOf) ?? []).map((column) => kindOf(table, column)),
  }));
  const [first, ...others] = kinds;
  if (first === undefined) return [];
  return others.flatMap(({ name, kinds: own }) =>
    own.length === first.kinds.length && own.some((kind, i) => kind !== first.kinds[i])
      ? [
          note(
            'MEMBER_KEYS_DIFFER',
            aboutMember(aggregate, name),
            `its key is (${own.join(', ')}), that of ${first.name} is (${first.kinds.join(', ')}): they are joined by their texts`,
          ),
        ]
      : [],
  );
}
