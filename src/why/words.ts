/** An answer to "why" in words, line by line. Pure. */
import { holderName } from '../domain/tables/feed.js';
import type { Answer, ConditionAnswer, EventAnswer, FactAnswer, Miss, Occurrence, ReadAnswer } from './answer.js';
import { originWords, rowWords, saidWords, seenLines } from './seen-words.js';

export function* answerLines(answer: Answer): Generator<string> {
  yield* standingLines(answer);
  for (const fact of answer.facts) {
    yield '';
    yield* factLines(fact, answer);
  }
  if (answer.seen.length > 0) {
    yield '';
    yield* seenLines(answer);
  }
}

/** Where it stands as a whole, and what may still come. */
export function* standingLines(answer: Answer): Generator<string> {
  yield `${answer.aggregate} ${answer.id}: ${standingWords(answer)}`;
  yield* notYetLines(answer);
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
    case 'waiting':
      return 'what is seen below waited for this row, or does: whose it is is known when the row is read';
  }
}

/** What may still come. */
function* notYetLines(answer: Answer): Generator<string> {
  const { aggregate, foundVia, parked, behind, held, heldUnknown, unknownTables, rules } = answer;
  for (const { table, via } of foundVia)
    yield `  rows of ${table} are found via ${via}: they wait until that row is read, and nobody knows before that they are of this ${aggregate} (why '${holderName(aggregate)}' ${via}/<its key>)`;
  if (parked !== null)
    yield `  ${parked.changeSets === 1 ? '1 change set waits' : `${parked.changeSets} change sets wait`}, the first is ${parked.first ?? ''}: nothing of it is in what follows (parked show)`;
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
  if (rules.running !== null && rules.running !== rules.asked && rules.kept !== rules.asked)
    yield `  the rules that answer here (${rules.asked}) are not those that decide (${rules.running})`;
  if (rules.kept !== null && rules.kept === rules.asked)
    yield `  it keeps the rules by which it began (${rules.kept}): they answer here`;
  else if (rules.kept !== null)
    yield `  it keeps the rules by which it began (${rules.kept}), which cannot be asked here: what is missing is what others (${rules.asked}) would miss`;
}

function* factLines(fact: FactAnswer, answer: Answer): Generator<string> {
  const { occurrences, moreOccurrences, misses, moreMisses } = fact;
  const name = `${fact.fact} (${fact.importance})`;
  if (occurrences.length === 0 && misses.length === 0) yield `${name}: nothing is known of it`;
  for (const occurrence of occurrences) yield* occurrenceLines(name, occurrence);
  if (moreOccurrences > 0) yield `  ${moreOccurrences} more, older`;
  for (const miss of misses) yield* missLines(name, miss, fact, answer);
  yield* expectedLines(fact, answer);
  if (moreMisses > 0) yield `  ${moreMisses} more that were farther off`;
}

/** That the time is over by our own clock says nothing: what was committed in time may still come. */
function* expectedLines({ kind, expected }: FactAnswer, { clock }: Pick<Answer, 'clock'>): Generator<string> {
  if (expected === undefined) return;
  const { dueAt, isOverdue, toldAt } = expected;
  const told = toldAt === null ? '' : `, and that was told at ${toldAt}`;
  const until = clock === null ? '' : `; what was committed before ${clock} is decided, and nothing later`;
  if (!isOverdue) yield `  ${kind === 'deadline' ? 'what it is about' : 'it'} is expected before ${dueAt}${until}`;
  else if (kind !== 'deadline') yield `  overdue: it was expected before ${dueAt}${told}`;
}

function* occurrenceLines(name: string, occurrence: Occurrence): Generator<string> {
  const { origin, said, cameTrue, rows, moreRows, events, withheld } = occurrence;
  const which = occurrence.occurrence === '' ? '' : ` ${occurrence.occurrence}`;
  yield `${name}${which}: ${howWords(occurrence)}`;
  if (origin !== null && occurrence.how !== 'baseline') yield `  by ${originWords(origin)}`;
  if (said !== undefined) yield `  ${saidWords(said)}`;
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
  if (isRead === null)
    yield `    whether group ${group} has read it is not known: ${
      partition === null
        ? 'its place was not found, or not looked for (--event asks about fewer)'
        : 'nobody knows here how far groups are'
    }`;
  else if (isRead) yield `    group ${group} has read it (it reads ${String(next)} next)`;
  else if (next === null) yield `    group ${group} has not read it: it has committed nothing there`;
  else
    yield `    group ${group} has not read it yet: it reads offset ${next} next, and has ${String(behind)} to read up to this one`;
}

function* missLines(name: string, miss: Miss, fact: FactAnswer, { rules }: Answer): Generator<string> {
  const row = miss.row === null ? '' : ` for row ${miss.row}`;
  const when = miss.origin === null ? '' : `, in ${originWords(miss.origin)}`;
  yield `${name}${row}: ${missWords(miss, fact, rules)}${when}`;
  for (const condition of miss.conditions) yield* conditionLines(condition);
}

/** Behind the name of the fact. */
export function missWords({ why }: Miss, { expected }: FactAnswer, { last, asked }: Answer['rules']): string {
  switch (why) {
    case 'unmet':
      return 'has not happened';
    case 'no row':
      return 'has not happened: there is no row that it could be about';
    case 'not asked':
      return 'has not happened: no transaction was decided since it is so';
    case 'newer rule':
      return `has not happened: the rules of the last decision (${last ?? ''}) did not have it, those of here (${asked}) do; the next transaction counts it as having been, and does not publish it`;
    case 'baseline':
      return 'has not happened: it was so before anybody looked';
    case 'not due':
      return `has not happened: ${expected === undefined ? 'nobody waits for what it is about' : 'it is not due'}`;
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

export function readWords({ table, key, column, value, wrote, isBefore }: ReadAnswer): string {
  const [is, has, by] =
    isBefore === true ? ['was', 'had', ` before it${writerWords(wrote)}`] : ['is', 'has', writerWords(wrote)];
  if (value === undefined) return `${[table, key, column].filter((word) => word !== null).join(' ')} is not known`;
  if (column !== null) return `${table} ${key ?? ''} ${column} ${is} ${JSON.stringify(value)}${by}`;
  if (key !== null) return `${table} ${has} no row ${key}`;
  return value === 0 ? `${table} ${has} no row` : `${table} ${has} ${JSON.stringify(value)} rows${by}`;
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
