/** The whole pipeline in memory over recorded topics: exactly the events that follow from what the database committed. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { expectedOf, publishedBy } from '../../../support/pipeline/expected.js';
import { numbersOfValues } from '../../../support/pipeline/numbering.js';
import { readRecording } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';

let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});

async function run(recording: string): Promise<Rig> {
  const rig = new Rig(readRecording(`postgres/${recording}`), { rules });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  return rig;
}

describe('a recording gives exactly the events that follow from its truth, in commit order', () => {
  it.each([
    ['01-lifecycle', 37],
    ['02-interleaved', 2],
    ['03-toast', 2],
    ['04-key-change', 5],
    ['06-replay', 2],
    ['06b-crash-exactly-once', 1],
    ['06c-crash-frequent-offsets', 1],
    ['07-resnapshot', 16],
    ['10-schemas-enabled', 9],
    ['17-replica-identity-full', 15],
    ['18-as-consumed-live', 13],
  ])('%s: %i events', async (recording, count) => {
    const expected = expectedOf(`postgres/${recording}`);
    expect(expected).toHaveLength(count);
    expect(publishedBy(await run(recording))).toEqual(expected);
  });

  it('18b, read late: those of 18', async () => {
    const expected = expectedOf('postgres/18b-as-consumed-late', 'postgres/18-as-consumed-live');
    expect(publishedBy(await run('18b-as-consumed-late'))).toEqual(expected);
  });

  it.each(['07b-snapshot-open-transactions', '07c-snapshot-open-first', '08-incremental-snapshot'])(
    '%s: none, because no occurrence begins',
    async (recording) => {
      expect(expectedOf(`postgres/${recording}`)).toEqual([]);
      expect(publishedBy(await run(recording))).toEqual([]);
    },
  );
});

describe('a published record', () => {
  it('is the same byte for byte when the recording is played again', async () => {
    const [first, second] = [await run('01-lifecycle'), await run('01-lifecycle')];
    expect(JSON.stringify(second.published())).toBe(JSON.stringify(first.published()));
    expect(JSON.stringify(second.journal())).toBe(JSON.stringify(first.journal()));
  });

  it('is numbered without gaps inside its order and contract, and keyed by it', async () => {
    const rig = await run('01-lifecycle');
    const orders = new Set(rig.published().map(({ key }) => key));
    for (const order of orders) {
      const events = rig.eventsOf(order);
      expect(events.map(({ sequence }) => sequence)).toEqual(numbersOfValues(events));
      expect(new Set(events.map(({ orderId }) => orderId))).toEqual(new Set([order]));
    }
  });

  it('has an id of its own, and headers that say the same as its value', async () => {
    const published = (await run('01-lifecycle')).published();
    expect(new Set(published.map(({ value }) => value.eventId)).size).toBe(published.length);
    for (const { value, headers, key } of published) {
      expect(headers).toMatchObject({ ce_id: value.eventId, ce_subject: key, ce_time: value.occurredAt });
      expect(headers.ce_causationid).toBe(value.causationId);
    }
  });
});

describe('a task that starts anew at the end of the log', () => {
  it('adds no record', async () => {
    const rig = await run('01-lifecycle');
    const [published, journal] = [rig.published().length, rig.journal().length];
    expect(await rig.live()).toEqual({ kind: 'drained' });
    expect([rig.published().length, rig.journal().length]).toEqual([published, journal]);
  });
});
