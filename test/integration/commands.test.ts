/**
 * A decision of an operator on real Kafka and Redis: an order is parked by a code that the rules do not know, the rules are corrected,
 * it is unparked from the command line, and its event comes once. The rows are recorded ones, in topics of this test.
 */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { dragomanCommand } from '../dragoman/command.js';
import { isStreamedRow } from '../support/recorded/histories.js';
import { edited, readRecording } from '../support/recordings.js';
import { OwnPipeline } from '../support/servers/own-pipeline.js';
import { layRetailerRules } from '../support/servers/retailer-rules.js';

const ORDER = '800005';

const all = readRecording('postgres/02-interleaved');
const changed = all.find(
  (record) => record.topic === 'legacy.oms.ord_hdr' && isStreamedRow(record) && record.key === `{"ord_no":${ORDER}}`,
)!;
const records = all.map((record) =>
  record === changed ? edited(record, ({ after }) => (after!.sts_cd = '77')) : record,
);

let own: OwnPipeline;
/** Config files: until 77 is known, and after it. */
let before: string;
let after: string;

/** Types of the order's events. */
const events = async (): Promise<unknown[]> =>
  (await own.published()).filter(({ key }) => key === ORDER).map(({ value }) => value['eventType']);

type Listed = Readonly<Record<'aggregate' | 'id' | 'code', string>>;

async function parkedNow(): Promise<unknown> {
  const { output } = await dragomanCommand(['parked', 'list', '--json', '-c', after]);
  const list = JSON.parse(output.split('\n').find((line) => line.startsWith('{'))!) as { parked: Listed[] };
  return list.parked.map(({ aggregate, id, code }) => ({ aggregate, id, code }));
}

beforeAll(async () => {
  own = await OwnPipeline.open('commands', inject('stack'), layRetailerRules());
  const known = layRetailerRules("'10': 'entered',", "'10': 'entered', '77': 'entered',");
  before = await own.config([own.recorded]);
  after = await own.config([own.recorded], { rules: await own.layRules('known', known) });
  await dragomanCommand(['topics', '--sources', '-c', before]);
  await own.play(records);
});

afterAll(() => own.close());

describe('an order that was parked by a code that the rules did not know', () => {
  const parked = [{ aggregate: 'order', id: ORDER, code: 'CODE_UNKNOWN' }];

  it('is parked, and listed', async () => {
    await own.running(before, () => expect.poll(parkedNow, { timeout: 60_000, interval: 500 }).toEqual(parked));
    expect(await events()).toEqual([]);
  });

  it('is tried without effect by a dry run', async () => {
    const { output } = await dragomanCommand(['parked', 'retry', 'order', ORDER, '--dry-run', '-c', after]);
    expect(output).toMatch(/OrderReleasedToWarehouse/);
    expect(output).toMatch(/dry run, nothing is written: it would be applied/);
    expect(await parkedNow()).toEqual(parked);
  });

  it('is unparked by the corrected rules, and its event comes once', async () => {
    await own.running(after, async () => {
      const reason = ['--reason', '77 is a new code for entered', '--wait', '60'];
      const { output } = await dragomanCommand(['parked', 'retry', 'order', ORDER, ...reason, '-c', after]);
      expect(output).toMatch(/applied: \d+ waiting change sets were taken up in their order/);
      expect(await parkedNow()).toEqual([]);
      await expect(dragomanCommand(['parked', 'retry', 'order', ORDER, ...reason, '-c', after])).rejects.toThrow(
        /is not parked/,
      );
    });
    expect(await events()).toEqual(['OrderReleasedToWarehouse']);
  });

  it('is not unparked again by the next owner', async () => {
    await own.running(after, async () => {
      await expect(dragomanCommand(['parked', 'retry', 'order', ORDER, '--reason', 'x', '-c', after])).rejects.toThrow(
        /not parked/,
      );
    });
    expect(await events()).toEqual(['OrderReleasedToWarehouse']);
  });
});
