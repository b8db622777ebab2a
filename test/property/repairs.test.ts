/**
 * Whatever of a recorded history is repaired, in whatever portions, into whichever topic, by however many shards: each event that is asked for is published
 * once more by each command that asks, byte for byte, and nothing else is; of each aggregate in its order.
 */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LogRecord } from '../../src/adapters/memory/log.js';
import { cutIntoTargets } from '../../src/cli/repair/cutting.js';
import { results } from '../support/pipeline/commands.js';
import { isRepeat, placedEvents, type Placed, plain, recordsIn, republishOf } from '../support/repair/repairs.js';
import { readRecording } from '../support/recordings.js';
import { retailerRules, Rig } from '../support/rig.js';
import { waitsTakeNoTime } from '../support/waits.js';

const AUDIENCE = 'orders.billing';
const settings = { audiences: new Set([AUDIENCE]) };

const nameOf = ({ topic, headers }: LogRecord & { readonly topic: string }): string =>
  `${topic === AUDIENCE ? AUDIENCE : 'there'} ${headers['ce_id'] ?? ''}`;

/** Those that are not among others, each as often as it is there more. */
function without(all: readonly string[], others: readonly string[]): string[] {
  const left = [...all];
  for (const one of others) left.splice(left.indexOf(one), 1);
  return left.toSorted();
}

waitsTakeNoTime();

describe.each([1, 3])('of %i shards', (count) => {
  let shards: readonly Rig[];
  let all: readonly Placed[];
  let topics: readonly string[];
  const live = async (): Promise<void> => {
    for (const shard of shards) expect(await shard.live()).toEqual({ kind: 'drained' });
  };
  const repeats = (): (LogRecord & { readonly topic: string })[] =>
    [...topics, AUDIENCE].flatMap((topic) =>
      recordsIn(shards[0]!, topic)
        .filter(isRepeat)
        .map((record) => ({ ...record, topic })),
    );

  beforeAll(async () => {
    const rules = await retailerRules();
    shards = Rig.shards(readRecording('postgres/01-lifecycle'), { rules, settings, shards: count });
    topics = rules.rules.topics;
    await live();
    const found = shards.flatMap((shard) => placedEvents(shard));
    all = [...new Map(found.map((one) => [one.event, one])).values()];
    expect(all.length).toBeGreaterThan(5);
  });

  it('what is asked for is published once more, once for each time', async () => {
    const originals = new Map(
      topics.flatMap((topic) => recordsIn(shards[0]!, topic)).map((record) => [record.headers['ce_id'], record]),
    );
    const portion = fc.record({
      picked: fc.array(fc.nat(all.length - 1), { minLength: 1, maxLength: 30 }),
      eventsMax: fc.integer({ min: 1, max: 10 }),
      isForAudience: fc.boolean(),
      isSentTwice: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(portion, { minLength: 1, maxLength: 3 }), async (portions) => {
        const before = repeats().map(nameOf);
        const wanted: string[] = [];
        for (const { picked, eventsMax, isForAudience, isSentTwice } of portions) {
          const some = [...new Set(picked)].toSorted((a, b) => a - b).map((i) => all[i]!);
          const to = isForAudience ? AUDIENCE : null;
          const published = some.map(({ aggregate, id, event, offset }) => ({
            ...{ aggregate, id, event, offset, contract: '', topic: '', sequence: 0, occurredAt: '', chars: 100 },
          }));
          for (const targets of cutIntoTargets(published, { headChars: 500, eventsMax })) {
            const command = republishOf(targets, { to });
            shards[0]!.command(command);
            if (isSentTwice) shards[0]!.command(command);
            wanted.push(...targets.flatMap(({ events }) => events.map((event) => `${to ?? 'there'} ${event}`)));
          }
        }
        await live();
        expect(without(repeats().map(nameOf), before)).toEqual(wanted.toSorted());
        for (const { headers, ...record } of repeats())
          expect(plain({ ...record, headers })).toEqual(plain(originals.get(headers['ce_id'])!));
      }),
      { numRuns: 15 },
    );
    expect(shards.flatMap(results).every((result) => result !== 'refused')).toBe(true);
  });
});
