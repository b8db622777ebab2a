/** What was seen of an aggregate in words, transaction by transaction. Pure. */
import { echoWords } from '../domain/ownership/echo.js';
import { TIMERS } from '../pipeline/timers/due-timers.js';
import { deadlineWords } from '../translate/timers/words.js';
import { repairWords } from './history/repairs.js';
import { pairWords, triedWords } from './pairs.js';
import type { Answer, OriginAnswer, RowAnswer, SaidAnswer, SeenAnswer } from './answer.js';

export const originWords = (origin: OriginAnswer): string => `${originName(origin)} at ${origin.committed}`;

/** `legacy:1690:26789312`, `legacy:snapshot:26789312`; of what comes from no log the source alone: `commands`, `the clock`. */
export function originName({ source, transaction, position }: OriginAnswer): string {
  if (source === TIMERS && transaction === null) return 'the clock';
  return [source, transaction ?? (position === null ? null : 'snapshot'), position]
    .filter((part) => part !== null)
    .join(':');
}

const VALUES_SHOWN_MAX = 6;

export function rowWords({ table, key, op, was, is }: RowAnswer): string {
  const columns = [...new Set([...Object.keys(was ?? {}), ...Object.keys(is ?? {})])];
  const changes = columns.slice(0, VALUES_SHOWN_MAX).map((column) => {
    const [before, after] = [was?.[column], is?.[column]].map((value) =>
      value === undefined ? null : JSON.stringify(value),
    );
    if (before === null || after === null) return `${column} ${before ?? after ?? ''}`;
    return `${column} ${before ?? ''} -> ${after ?? ''}`;
  });
  const more = columns.length > VALUES_SHOWN_MAX ? [`${columns.length - VALUES_SHOWN_MAX} more`] : [];
  return [`${op} ${table} ${key}`, [...changes, ...more].join(', ')].filter((part) => part !== '').join(': ');
}

export function* seenLines(answer: Answer): Generator<string> {
  const { seen, moreSeen } = answer;
  yield 'seen, the newest first:';
  for (const one of seen) yield* oneSeen(one);
  if (moreSeen > 0) yield `  ${moreSeen} more before (--max)`;
  for (const line of endLines(answer)) yield `  ${line}`;
}

/** Where its history ends, and what is missing of it. */
export function* endLines({ historyEnd, historyMissing }: Answer): Generator<string> {
  if (historyMissing > 0) yield `${historyMissing} in between are not in the journal any more`;
  const end = END_WORDS[historyEnd];
  if (end !== null) yield end;
}

const END_WORDS: Readonly<Record<Answer['historyEnd'], string | null>> = {
  begin: null,
  none: null,
  moved: 'before that: not in this journal; the state was moved, imported or converted',
  deleted: 'before that: not in the journal any more (journal.retentionMs)',
  cut: 'before that: more than is read at once',
};

export function* oneSeen({
  origin,
  outcome,
  rows,
  moreRows,
  events,
  deadlines,
  refusal,
  intervention,
  said,
  told,
  echoes = [],
  trial,
  repair,
  parity = [],
  isSealed,
}: SeenAnswer): Generator<string> {
  const why = refusal === null ? '' : `: ${refusal.code}`;
  const during = intervention === null ? '' : ` (${intervention})`;
  yield `  ${originWords(origin)} ${outcome}${during}${why}${isSealed ? ', sealed' : ''}`;
  if (said !== undefined) yield `    ${saidWords(said)}`;
  if (told !== undefined) yield `    ${toldWords(told)}`;
  if (trial !== undefined) yield `    ${triedWords(trial)}`;
  if (repair !== undefined) yield `    ${repairWords(repair)}`;
  for (const pair of parity) yield `    parity: ${pairWords(pair)}`;
  for (const row of rows) yield `    ${rowWords(row)}`;
  if (moreRows > 0) yield `    ${moreRows} more rows`;
  for (const deadline of deadlines) yield `    ${deadlineLine(deadline)}`;
  for (const echo of echoes) yield `    ${echoLine(echo)}`;
  for (const { id, type } of events) yield `    event ${type} ${id}`;
}

/** `echo: OrderReady (OrderReady.v1) was told by the new service, so it is not published again`. */
export function echoLine({ contract, fact, occurrence = '', ...echo }: EchoAnswer): string {
  const name = fact === undefined ? contract : `${fact}${occurrence === '' ? '' : ` ${occurrence}`} (${contract})`;
  return `echo: ${name} ${echoWords(echo)}`;
}

type EchoAnswer = NonNullable<SeenAnswer['echoes']>[number];

/** `published by the new service (service:orders, epoch 1): OrderReady.v1 number 3, event 8...`. */
export function toldWords({ contract, eventId, number, producer, epoch, finding }: ToldAnswer): string {
  const event = `(${producer}, epoch ${epoch}): ${contract} number ${number}, event ${eventId}`;
  return finding === null
    ? `published by the new service ${event}`
    : `published by a service ${event}. ${finding.code}: ${finding.text}`;
}

type ToldAnswer = NonNullable<SeenAnswer['told']>;

/** What became of something that is expected. */
export const deadlineLine = ({ fact, ...deadline }: SeenAnswer['deadlines'][number]): string =>
  `${fact} ${deadlineWords(deadline)}`;

/** `origin: use case "release", user [personal]`. */
export function saidWords({ user, useCase, system, unread }: SaidAnswer): string {
  const known = Object.entries({ 'use case': useCase, system, user }).flatMap(([name, value]) =>
    value === null ? [] : [`${name} ${JSON.stringify(value)}`],
  );
  const doubt = unread === null ? '' : ` (${UNREAD_WORDS[unread]})`;
  return `origin: ${known.length === 0 ? 'not known' : known.join(', ')}${doubt}`;
}

const UNREAD_WORDS: Readonly<Record<NonNullable<SaidAnswer['unread']>, string>> = {
  'no text': 'an annotation is no UTF-8',
  'no JSON object': 'an annotation is no JSON object',
  'no text in a field': 'what says it is no text',
  'no trace': 'what says its trace is none',
  'too long': 'what says it is too long',
  'too many': 'too many annotations say it',
  differs: 'it is said twice, and not the same',
};
