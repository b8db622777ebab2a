/**
 * The page of a contract for those who read its events: what one means, when it comes, what is safe to assume, and what to do when something is
 * odd. What the rules say is not written again by anybody: it follows from the contract. Pure.
 */
import { METADATA_FIELDS } from '../../rules/contract.js';
import { type FieldAt, fieldsOf } from '../../rules/contracts/field-schema.js';
import type { Cardinality, PublishedContract, PublishedField } from '../published.js';
import type { PublishedEvent } from '../published-contracts.js';
import { typeWords } from '../type-words.js';
import { type Block, type Cell, list, type Page, type Section, words } from './page.js';

export function contractPage({ contract, example }: PublishedEvent): Page {
  const { name, version, topic, key, owner, stability, meaning, notSentWhen, certainty } = contract;
  return {
    title: `${name} v${version}`,
    sub: `Topic ${topic} · key ${key} · owner ${owner} · ${stability}`,
    notice: noticeOf(contract),
    sections: [
      { heading: 'What it means', blocks: [words(meaning), words(CARRIES[contract.carries])] },
      {
        heading: 'When it comes',
        blocks: [words(comesWords(contract)), words(certainty), words(`Not sent when: ${notSentWhen}`)],
      },
      { heading: 'What is safe to assume', blocks: [list(...assumptions(contract))] },
      { heading: 'Fields', blocks: fieldBlocks(contract) },
      exampleSection(contract, example),
      ...doingSections(contract),
      { heading: 'How it changes, and how it ends', blocks: [list(...changeWords(contract))] },
      {
        heading: 'Whom to ask',
        blocks: [words(`${owner} answers for this event: what it means, when it comes, what will become of it.`)],
      },
    ],
  };
}

/** What a reader must not miss. */
export function noticeOf({ stability, sunset, replacedBy }: PublishedContract): string | null {
  if (stability === 'experimental') return 'Experimental: it may still change without notice. Do not build on it yet.';
  if (stability !== 'deprecated') return null;
  const until =
    sunset === null ? 'The day of its end is not set yet.' : `From ${sunset} on it may not be sent any more.`;
  return `On its way out. ${until}${replacedBy === null ? '' : ` ${replacedBy} takes its place: read that one.`}`;
}

const CARRIES = {
  state: 'It carries what happened: you need not ask anybody to act on it.',
  notification: 'It only tells that something happened: ask the owner for what you need, by the key.',
} as const;

/** How often it comes, and what corrects what. */
export const comesWords = ({ cardinality, corrects, correctedBy }: PublishedContract): string =>
  [
    cardinalityWords(cardinality),
    ...(corrects === undefined
      ? []
      : [`It corrects a ${corrects} that was wrong: the field corrects has the eventId of that one.`]),
    ...(correctedBy === undefined
      ? []
      : [`Where one turns out to be wrong, a ${correctedBy} names it and corrects it.`]),
  ].join(' ');

export function cardinalityWords({ aggregate, comes, of }: Cardinality): string {
  if (comes === 'once') return `At most once for each ${aggregate}.`;
  if (comes === 'each-time') return `Each time that it happens to the ${aggregate}: none, once or often.`;
  return `At most once for each row of ${of ?? ''} of the ${aggregate}; one ${aggregate} may have several.`;
}

const assumptions = ({ name, version, key, topic }: PublishedContract): string[] => [
  `Order: events with the same ${key} stand in topic ${topic} in the order in which the source system committed what they tell, all in one partition. ` +
    `Between different keys there is no order to rely on.`,
  `Numbers: sequence counts ${name} v${version} of one ${key}: 1, 2, 3, without gaps. Other events of the same ${key} have counts of their own.`,
  'Once: each event is written exactly once for those who read committed records only (isolation.level=read_committed, or what your client calls it). ' +
    'You may still read it twice, after a crash of your own before you committed its offset.',
  'Identity: eventId names the event for ever. Sent again, or made again by a repair, it has the same eventId and the same sequence.',
  'Time: occurredAt is when it happened, not when it was sent or read.',
  'Whole: what is published shows the state after a whole transaction of the source system, never one half done.',
];

function fieldBlocks(contract: PublishedContract): Block[] {
  const all = fieldsOf(contract.value);
  const named = (path: string): FieldAt | undefined => all.find((field) => field.path === path);
  const metadata = METADATA_FIELDS.map(named).filter((field) => field !== undefined);
  return [
    {
      kind: 'table',
      heads: ['Field', 'Type', 'Always there', 'What it means', 'Decided by', 'Class'],
      rows: Object.entries(contract.fields).map(([path, field]) => fieldRow(named(path), path, field, contract)),
    },
    words('Every event has these, too:'),
    {
      kind: 'table',
      heads: ['Field', 'Type', 'What it means'],
      rows: metadata.map(({ path, schema }) => [{ code: path }, typeWords(schema), schema.description ?? '']),
    },
    words('A field that you do not know was added later: read over it.'),
  ];
}

function fieldRow(
  at: FieldAt | undefined,
  path: string,
  { meaning = '', authority, class: called }: PublishedField,
  { owner }: PublishedContract,
): Cell[] {
  const decidedBy = authority === 'own' ? owner : `${authority.borrowedFrom} (passed on)`;
  const type = at === undefined ? '' : typeWords(at.schema);
  return [{ code: path }, type, at?.isRequired === true ? 'yes' : 'no', meaning, decidedBy, called ?? ''];
}

const exampleSection = (
  { registry }: PublishedContract,
  { key, headers, value }: PublishedEvent['example'],
): Section => ({
  heading: 'Example',
  blocks: [
    words(
      registry === 'prefix'
        ? `A record with the key ${key}. Its value, behind a zero byte and the four bytes of its schema's id in the registry:`
        : `A record with the key ${key}. Its value:`,
    ),
    { kind: 'code', language: 'json', code: JSON.stringify(value, null, 2) },
    words('Its headers, a CloudEvent in binary mode:'),
    { kind: 'code', language: 'json', code: JSON.stringify(headers, null, 2) },
    ...(registry === 'header'
      ? [words('And __value_schema_id: the byte 1, and the 16 bytes of the GUID that the registry has for its schema.')]
      : []),
  ],
});

const doingSections = ({ key, topic, reconciledBy, owner }: PublishedContract): Section[] => [
  {
    heading: 'How to take it once',
    blocks: [
      words(
        'Write eventId into a table of your own in the transaction that does what the event leads to, with a unique key on it. When it is there already, ' +
          'do nothing and go on. Commit the offset afterwards. Keep the ids for longer than the topic keeps its records.',
      ),
    ],
  },
  {
    heading: 'When something is odd',
    blocks: [
      list(
        `A sequence that you have seen: it is a repeat. The same eventId: skip it. Another eventId: tell ${owner}.`,
        `A sequence that skips a number: an event is missing on your side. Read topic ${topic} again from an earlier offset, or ask ${owner} to send the events of this ${key} again; hold back what depends on it.`,
        'A value that does not fit the schema: put the record with its headers aside in a dead-letter topic of your own, tell the owner, and go on with other keys.',
        'Something of your own that does not answer: try again with growing pauses, and hold back later events of the same key meanwhile. The event stays what it is.',
        'An eventType or a schemaVersion that you do not read: skip it, and count it.',
      ),
    ],
  },
  {
    heading: 'How to compare what you hold',
    blocks: [words(`Compare with ${owner} by ${reconciledBy.join(', ')}, for times that both of you have passed.`)],
  },
];

function changeWords({ name, version, sunset, replacedBy }: PublishedContract): string[] {
  const next = replacedBy ?? `${name}.v${version + 1}`;
  return [
    'Within this major version fields are added, and nothing that you read is taken away or changes its meaning.',
    `What cannot be done so comes as ${next}, beside this one for a time, each with its own count.`,
    'The end is told beforehand: on this page, and in the header ce_deprecated of each event. The day may be put off, never brought forward.',
    `Then this event is not sent any more; what stands in the topic stays as long as the topic keeps it.`,
    ...(sunset === null || replacedBy === null
      ? []
      : [`Until ${sunset}: go over to ${replacedBy}, and pass over there what you took from this one already.`]),
  ];
}
