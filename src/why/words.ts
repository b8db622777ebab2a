/** An answer to "why" in words, line by line. Pure. */
import type {
  Answer,
  ConditionAnswer,
  EventAnswer,
  FactAnswer,
  Miss,
  Occurrence,
  OriginAnswer,
  ReadAnswer,
  RowAnswer,
  SeenAnswer,
} from './answer.js';

export function* answerLines(answer: Answer): Generator<string> {
  yield `${answer.aggregate} ${answer.id}: ${standingWords(answer)}`;
  yield* notYetLines(answer);
  for (const fact of answer.facts) {
    yield '';
    yield* factLines(fact, answer);
  }
  if (answer.seen.length > 0) {
    yield '';
    yield* seenLines(answer);
  }
}

function standingWords({ standing, parked, seen, pipeline }: Answer): string {
  switch (standing) {
    case 'unknown':
      return `never heard of in pipeline ${pipeline}: no row of it was read in a transaction or a snapshot that is decided`;
    case 'baseline':
      return 'known from a snapshot alone: no transaction of it was decided, so nothing could happen';
    case 'live':
      return seen[0] === undefined ? 'transactions are decided' : `decided up to ${originWords(seen[0].origin)}`;
    case 'parked':
      return parked === null ? 'parked' : `parked since ${parked.since}: ${parked.code}: ${parked.text}`;
    case 'retired':
      return 'retired: it was finished, and its rows were dropped';
    case 'forgotten':
      return 'forgotten at somebody’s request: whatever is told of it is dropped';
  }
}

/** What may still come. */
function* notYetLines({ parked, behind, held, heldUnknown, unknownTables, rules }: Answer): Generator<string> {
  if (parked !== null)
    yield `  ${parked.changeSets} change sets wait, the first is ${parked.first ?? ''}: nothing of them is in what follows (parked show)`;
  if (behind !== null && behind.records > 0) {
    const time = behind.seconds === null ? '' : `, about ${behind.seconds} s at the rate of now`;
    const passed = behind.passed === null ? '' : `; passed is what was committed up to ${behind.passed}`;
    yield `  not processed yet: ${behind.records} records of the whole pipeline${time}${passed}`;
  }
  for (const { source, transaction, code, text, isWaitedFor } of held ?? []) {
    const waits = isWaitedFor ? ', and everything behind it waits' : '';
    yield `  held in ${source}: transaction ${transaction}, ${code}${waits}: ${text}`;
  }
  if (heldUnknown !== null) yield `  whether a transaction is held is not known: ${heldUnknown}`;
  if (unknownTables.length > 0)
    yield `  not everything is known of ${unknownTables.join(', ')}: no snapshot of it ended (tables list)`;
  if (rules.running !== null && rules.running !== rules.asked)
    yield `  the rules that answer here (${rules.asked}) are not those that decide (${rules.running})`;
  if (rules.kept !== null && rules.kept !== rules.asked)
    yield `  it keeps the rules by which it began (${rules.kept}), unless it was migrated: what is missing is what those that answer here (${rules.asked}) would miss`;
}

function* factLines(fact: FactAnswer, answer: Answer): Generator<string> {
  const { occurrences, moreOccurrences, misses, moreMisses, expected } = fact;
  const name = `${fact.fact} (${fact.importance})`;
  if (occurrences.length === 0 && misses.length === 0) yield `${name}: nothing is known of it`;
  for (const occurrence of occurrences) yield* occurrenceLines(name, occurrence);
  if (moreOccurrences > 0) yield `  ${moreOccurrences} more, older`;
  for (const miss of misses) yield* missLines(name, miss, answer);
  if (expected !== undefined)
    yield `  ${expected.isOverdue ? 'overdue: it was' : 'it is'} expected by ${expected.dueAt}`;
  if (moreMisses > 0) yield `  ${moreMisses} more that were farther off`;
}

function* occurrenceLines(name: string, occurrence: Occurrence): Generator<string> {
  const { origin, cameTrue, rows, moreRows, events, withheld } = occurrence;
  const which = occurrence.occurrence === '' ? '' : ` ${occurrence.occurrence}`;
  yield `${name}${which}: ${howWords(occurrence)}`;
  if (origin !== null && occurrence.how !== 'baseline') yield `  by ${originWords(origin)}`;
  if (cameTrue.length > 0) yield `  came true: ${cameTrue.join(', ')}`;
  for (const row of rows) yield `  ${rowWords(row)}`;
  if (moreRows > 0) yield `  ${moreRows} more rows`;
  for (const { contract, reason } of withheld) yield `  withheld from ${contract}: ${reason}`;
  for (const event of events) yield* eventLines(event);
}

function howWords({ how, digest, intervention }: Occurrence): string {
  switch (how) {
    case 'published':
      return 'happened';
    case 'internal':
      return 'happened, and no publication has it';
    case 'withheld':
      return 'happened, and was not published';
    case 'learnt':
      return `happened in the intervention "${intervention ?? ''}", and is told nobody`;
    case 'missed':
      return 'happened while nobody read, as a snapshot shows; an operator decides (missed list)';
    case 'dismissed':
      return 'happened while nobody read, as a snapshot showed; an operator let it be';
    case 'baseline':
      return 'was so already when its transactions were first decided, so it is no news';
    case 'newer rule':
      return `was so already when this rule was first asked (rules ${digest ?? 'since then'}), so it is no news`;
    case 'doubtful':
      return 'is so, and whether it was so before is not known; it counts as having been';
    case 'unknown':
      return 'has been; the decision is not in the journal any more';
  }
}

function* eventLines({
  type,
  version,
  sequence,
  id,
  topic,
  partition,
  offset,
  reader,
}: EventAnswer): Generator<string> {
  const place = partition === null || offset === null ? topic : `${topic}/${partition} offset ${offset}`;
  yield `  event ${type}.v${version}${sequence === null ? '' : ` #${sequence}`} ${id} in ${place}`;
  if (reader === undefined) return;
  const { group, next, isRead, behind } = reader;
  if (isRead === null) yield `    whether group ${group} has read it is not known: its place was not found`;
  else if (isRead) yield `    group ${group} has read it (it reads ${String(next)} next)`;
  else if (next === null) yield `    group ${group} has not read it: it has committed nothing there`;
  else
    yield `    group ${group} has not read it yet: it reads ${next} next, ${String(behind)} offsets up to and with this one`;
}

function* missLines(name: string, miss: Miss, { rules }: Answer): Generator<string> {
  const row = miss.row === null ? '' : ` for row ${miss.row}`;
  const when = miss.origin === null ? '' : `, in ${originWords(miss.origin)}`;
  yield `${name}${row}: ${missWords(miss, rules)}${when}`;
  for (const condition of miss.conditions) yield* conditionLines(condition);
}

function missWords({ why }: Miss, { last, asked }: Answer['rules']): string {
  switch (why) {
    case 'unmet':
      return 'has not happened';
    case 'no row':
      return 'has not happened: there is no row that it could be about';
    case 'not asked':
      return 'has not happened: no transaction was decided since it is so';
    case 'newer rule':
      return `has not happened: the rules of the last decision (${last ?? ''}) did not have it, those of here (${asked}) do; the next transaction finds it as having been`;
    case 'baseline':
      return 'has not happened: it was so before anybody looked';
    case 'not due':
      return 'has not happened: what is expected is not overdue';
  }
}

function* conditionLines({ name, holds, failure, reads, moreReads }: ConditionAnswer): Generator<string> {
  yield `  ${HOLDS[String(holds)] ?? ''} ${name}${failure === null ? '' : `: ${failure}`}`;
  for (const read of reads) yield `        ${readWords(read)}`;
  if (moreReads > 0) yield `        ${moreReads} more were read`;
}

const HOLDS: Readonly<Record<string, string>> = {
  true: '  yes ',
  false: '  no  ',
  unknown: '  ?   ',
  failed: '  failed',
};

export function readWords({ table, key, column, value, wrote }: ReadAnswer): string {
  const by = writerWords(wrote);
  if (value === undefined) return `${[table, key, column].filter((word) => word !== null).join(' ')} is not known`;
  if (column !== null) return `${table} ${key ?? ''} ${column} is ${JSON.stringify(value)}${by}`;
  if (key !== null) return `${table} has no row ${key}`;
  return value === 0 ? `${table} has no row` : `${table} has ${JSON.stringify(value)} rows${by}`;
}

function writerWords(wrote: ReadAnswer['wrote']): string {
  switch (wrote.kind) {
    case 'entry':
      return `, written by ${originWords(wrote.origin)}`;
    case 'sealed':
      return `, perhaps written by ${originWords(wrote.origin)}, which is sealed`;
    case 'snapshot':
      return ', since before its first transaction';
    case 'unknown':
      return '';
  }
}

export const originWords = (origin: OriginAnswer): string => `${originName(origin)} at ${origin.committed}`;

/** `legacy:1690:26789312`, `legacy:snapshot:26789312`; of what comes from no log (timers, commands) the source alone. */
export const originName = ({ source, transaction, position }: OriginAnswer): string =>
  [source, transaction ?? (position === null ? null : 'snapshot'), position].filter((part) => part !== null).join(':');

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

function* seenLines(answer: Answer): Generator<string> {
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
  refusal,
  intervention,
  isSealed,
}: SeenAnswer): Generator<string> {
  const why = refusal === null ? '' : `: ${refusal.code}`;
  const during = intervention === null ? '' : ` (${intervention})`;
  yield `  ${originWords(origin)} ${outcome}${during}${why}${isSealed ? ', sealed' : ''}`;
  for (const row of rows) yield `    ${rowWords(row)}`;
  if (moreRows > 0) yield `    ${moreRows} more rows`;
  for (const { id, type } of events) yield `    event ${type} ${id}`;
}
