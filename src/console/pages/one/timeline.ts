/** What was seen of one aggregate, transaction by transaction: its rows, the facts that came of it, and their events. Bounded, as the answer is. Pure. */
import type { Answer, Occurrence, RowAnswer, SeenAnswer } from '../../../why/answer.js';
import { repairWords } from '../../../why/history/repairs.js';
import { pairWords, triedWords } from '../../../why/pairs.js';
import { deadlineLine, echoLine, endLines, originName, saidWords, toldWords } from '../../../why/seen-words.js';
import { TRANSACTIONS_MAX, type WhyQuery } from '../../answers/why.js';
import { html, type Html, type Part, query } from '../../../html.js';
import { opWord, plural, status, time, valueShown } from '../../words.js';

/** Of one row. */
export const COLUMNS_SHOWN_MAX = 12;

interface FactOfEntry extends Occurrence {
  readonly fact: string;
}

export function timeline(answer: Answer, asked: WhyQuery): Html | null {
  const { seen, moreSeen, facts } = answer;
  if (seen.length === 0) return null;
  const all = facts.flatMap(({ fact, occurrences }) => occurrences.map((each): FactOfEntry => ({ fact, ...each })));
  return html`<h2>What was seen, the newest first</h2>
    <ol class="timeline">
      ${seen.map((one) => html`<li>${oneSeen(one, factsOf(one, all), answer)}</li>`)}
    </ol>
    ${moreSeen > 0 && html`<p>${plural(moreSeen, 'more transaction')} before. ${more(asked)}</p>`}
    ${[...endLines(answer)].map((line) => html`<p>${line}</p>`)}`;
}

const more = (asked: WhyQuery): Html | false =>
  asked.max < TRANSACTIONS_MAX &&
  html`<a href="/why${query({ ...asked, max: TRANSACTIONS_MAX })}">Show ${TRANSACTIONS_MAX}</a>`;

const factsOf = ({ entry: of }: SeenAnswer, all: readonly FactOfEntry[]): readonly FactOfEntry[] =>
  all.filter(({ entry }) => entry?.partition === of.partition && entry.offset === of.offset);

const OUTCOMES: Readonly<Record<string, 'good' | 'warn' | 'bad'>> = {
  ...{ applied: 'good', parked: 'bad', queued: 'warn', discarded: 'warn', overdue: 'bad', untold: 'warn' },
};

function oneSeen(one: SeenAnswer, facts: readonly FactOfEntry[], { pipeline, id: key }: Answer): Html {
  const { origin, outcome, refusal, intervention, said, deadlines, events, told, trial } = one;
  const { echoes = [], parity = [], repair } = one;
  return html`<h3>
      ${time(origin.committed)} ${status(OUTCOMES[outcome] ?? 'idle', outcome)} <small>${originName(origin)}</small>
    </h3>
    ${said !== undefined && html`<p>${saidWords(said)}</p>`}
    ${refusal !== null && html`<p><strong>${refusal.code}</strong> ${refusal.text}</p>`}
    ${intervention !== null && html`<p>In the intervention ${intervention}</p>`} ${facts.map(factLine)}
    ${told !== undefined && html`<p>${toldWords(told)}</p>`} ${trial !== undefined && html`<p>${triedWords(trial)}</p>`}
    ${repair !== undefined && html`<p>${repairWords(repair)}</p>`}
    ${parity.map((pair) => html`<p>Parity: ${pairWords(pair)}</p>`)}
    ${deadlines.map((deadline) => html`<p>Expected: ${deadlineLine(deadline)}</p>`)}
    ${echoes.map((echo) => html`<p>${echoLine(echo)}</p>`)}
    ${events.map(
      ({ id, type }) =>
        html`<p>→ <a href="/why/event${query({ pipeline, id, key })}">${type}</a> <code>${id}</code></p>`,
    )}
    ${rowsList(one, nothing(one))}`;
}

const factLine = ({ fact, occurrence, how, cameTrue, withheld }: FactOfEntry): Html =>
  html`<p>
    Fact <strong>${fact}</strong> ${occurrence} ${how}${cameTrue.length > 0 && `: ${cameTrue.join(', ')} came true`}
    ${withheld.map(({ contract, reason }) => html`<br /><small>${contract} withheld: ${reason}</small>`)}
  </p>`;

/** Why a row has no values. */
function nothing({ outcome, isSealed }: SeenAnswer): string {
  if (isSealed) return 'sealed';
  return outcome === 'parked' || outcome === 'queued' ? 'waits' : UNCHANGED;
}

const UNCHANGED = 'no declared column changed';

/** @param without what stands in the place of values, where there are none. */
export const rowsList = (
  { rows, moreRows }: { readonly rows: readonly RowAnswer[]; readonly moreRows: number },
  without = UNCHANGED,
): Html =>
  html`${
    rows.length > 0 &&
    html`<ul class="rows">
      ${rows.map(
        (row) =>
          html`<li>
            <div>${row.table} <small>${opWord(row.op)} ${row.key}</small></div>
            ${changes(row) ?? html`<small>${without}</small>`}
          </li>`,
      )}
    </ul>`
  }
  ${moreRows > 0 && html`<p>${plural(moreRows, 'more row')}.</p>`}`;

function changes({ was = {}, is = {} }: RowAnswer): Html | null {
  const columns = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  if (columns.length === 0) return null;
  const left = columns.length - COLUMNS_SHOWN_MAX;
  return html`<ul class="row">
    ${columns
      .slice(0, COLUMNS_SHOWN_MAX)
      .map((column) => html`<li><span>${column}</span> ${change(was[column], is[column])}</li>`)}
    ${left > 0 && html`<li>${plural(left, 'more column')}</li>`}
  </ul>`;
}

/** Undefined: it was not there, or is not. */
function change(was: unknown, is: unknown): Part {
  if (was === undefined || is === undefined) return valueShown(was ?? is);
  return html`${valueShown(was)} → ${valueShown(is)}`;
}
