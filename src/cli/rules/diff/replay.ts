/** What two sets of rules make of a recording, held against each other; and what the recording is evidence for. */
import type { Recording } from '../../../adapters/files/recording.js';
import { recordedNaming } from '../drift.js';
import { tableTopics } from '../drift-records.js';
import { redactedWords } from '../redacted-reads.js';
import { compared } from './compare.js';
import { unseenCodes } from './covered/codes.js';
import { parkedDifferences } from './parked.js';
import { isWorthAThread, threadOf } from './replay/in-thread.js';
import { type ReplayOptions, toldBy } from './replay/told-by.js';
import type { RulesDiff, SideTold } from './rules-diff.js';
import type { Side } from './side.js';
import type { Told } from './told.js';

export interface RulesDiffOptions extends ReplayOptions {
  /** File of the recording. */
  readonly file: string;
  /** Show what differs in fields of aggregates with personal or secret columns too. */
  readonly isShown: boolean;
}

/** @throws DragomanError what ended one of the two: a source that is held, a beginning that is not known. */
export async function rulesDiff(
  from: Side,
  to: Side,
  recording: Recording,
  options: RulesDiffOptions,
): Promise<RulesDiff> {
  const { records } = recording;
  const { before, after } = await both(from, to, recording, options);
  const { tables } = to.rules.rules;
  const tableOf = tableTopics(recordedNaming(records, options.config, tables), tables.values());
  const { conditions } = after.told;
  return {
    from: sideTold(from, before.told),
    to: sideTold(to, after.told),
    records: records.length,
    contracts: compared(before.told, after.told, options),
    parked: parkedDifferences(before.told, after.told),
    pinned: [...to.rules.rules.aggregates.values()].flatMap(({ called, pin }) => (pin === true ? [called] : [])),
    redacted: [...new Set([...before.asked, ...after.asked])],
    coverage: {
      conditions: conditions.all,
      silentFacts: conditions.silent,
      unseenCodes: unseenCodes(records, tables, tableOf),
    },
  };
}

async function both(from: Side, to: Side, { records }: Recording, options: RulesDiffOptions) {
  const here = async ({ name, rules, reads }: Side) => ({
    told: await toldBy(name, rules, records, options),
    asked: reads.found.map(redactedWords),
  });
  const isSame = from.rules.digest === to.rules.digest;
  const thread = !isSame && isWorthAThread(records.length) ? threadOf(from, options.file, options) : null;
  try {
    const after = await here(to);
    return { before: isSame ? after : await (thread?.done ?? here(from)), after };
  } finally {
    await thread?.end();
  }
}

const sideTold = ({ name, rules: { digest } }: Side, { events, parked }: Told): SideTold => ({
  ...{ name, digest, events: events.size, parked: parked.size },
});
