/** `dragoman events show <event-id>`: from an event back to the decision, the rows and the rules that made it. */
import { EXIT, print } from '../exit.js';
import { type EventAnswer, type EventQuestion, showEvent } from '../../why/event.js';
import type { WhyOptions } from './options.js';
import { withOutside } from './outside.js';
import { repairWords } from '../../why/history/repairs.js';
import { originWords, rowWords, saidWords } from '../../why/seen-words.js';

export type EventsShowOptions = WhyOptions & Pick<EventQuestion, 'key'> & { readonly until?: number };

export const eventsShowCommand = (id: string, options: EventsShowOptions): Promise<number> =>
  withOutside(options, async ({ outside, rules }) => {
    const { key, values, until: untilMs } = options;
    const more = Object.entries({ key, values, untilMs }).filter(([, value]) => value !== undefined);
    const shown = await showEvent({ id, ...Object.fromEntries(more) }, outside, rules);
    if (options.json === true) await print(JSON.stringify(shown));
    else for (const line of eventLines(shown)) await print(line);
    return EXIT.ok;
  });

function* eventLines(event: EventAnswer): Generator<string> {
  const { id, type, topic, partition, offset, sequence, key, aggregate, fact, occurrence, cause, digest } = event;
  const place = partition === null || offset === null ? topic : `${topic}/${partition} offset ${offset}`;
  yield `${type} ${id}: #${sequence ?? '?'} of ${aggregate ?? ''} ${key}`;
  yield `  in ${place}`;
  if (fact !== null) yield `  fact ${[fact, occurrence].filter((word) => word !== '').join(' ')}`;
  yield `  because of ${event.decision === null ? cause : originWords(event.decision.origin)}`;
  yield `  decided by the rules ${digest} (state rules ${digest})`;
  if (event.decision === null) yield '  the journal does not have the decision any more';
  else {
    const { entry, rows, moreRows, said } = event.decision;
    if (said !== undefined) yield `  ${saidWords(said)}`;
    yield `  journal partition ${entry.partition} offset ${entry.offset}`;
    for (const row of rows) yield `  ${rowWords(row)}`;
    if (moreRows > 0) yield `  ${moreRows} more rows`;
  }
  for (const repair of event.repairs) yield `  ${repairWords(repair)}, at ${repair.origin.committed}`;
  yield event.value === null
    ? '  its value may have personal columns in it (--values)'
    : `  ${JSON.stringify(event.value)}`;
}
