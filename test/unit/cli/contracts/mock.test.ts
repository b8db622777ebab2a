/** `dragoman contracts mock`: records of a contract, one a line; the same seed gives the same bytes. */
import { describe, expect, it } from 'vitest';
import { run } from '../../../support/command.js';

interface Line {
  readonly topic: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Readonly<Record<string, unknown>>;
  readonly what?: string;
}
const mock = async (...args: readonly string[]): Promise<Line[]> => {
  const { code, out, err } = await run(['contracts', 'mock', ...args, '--rules', 'rules']);
  expect([code, err]).toEqual([0, expect.stringContaining('which nobody published')]);
  return out.map((line) => JSON.parse(line) as Line);
};

describe('contracts mock', () => {
  it('prints valid events: topic, key, headers and value', async () => {
    const lines = await mock('OrderReleasedToWarehouse', '--count', '10', '--seed', 'a');
    expect(lines).toHaveLength(10);
    const [first] = lines;
    expect(first?.topic).toBe('orders.fulfillment');
    expect(first?.headers).toMatchObject({ ce_id: first?.value['eventId'], 'content-type': 'application/json' });
    expect(first?.value).toMatchObject({ eventType: 'OrderReleasedToWarehouse', orderId: first?.key, sequence: 1 });
    expect(await mock('OrderReleasedToWarehouse.v1', '--count', '10', '--seed', 'a')).toEqual(lines);
    expect(await mock('OrderReleasedToWarehouse', '--count', '10')).not.toEqual(lines);
  });

  it('prints broken ones and those at the limits, each with what is special', async () => {
    const broken = await mock('OrderCancellationAccepted', '--broken');
    expect(broken.map(({ what }) => what)).toContain('reason: is missing');
    expect(await mock('OrderCancellationAccepted', '--broken', '--count', '3')).toEqual(broken.slice(0, 3));
    const limits = await mock('OrderCancellationAccepted', '--boundaries');
    expect(limits.every(({ what }) => what !== undefined && what !== '')).toBe(true);
  });

  it.each([
    ['OrderReleasedToWarehose', 'Did you mean OrderReleasedToWarehouse'],
    ['Nothing', 'They have OrderAcceptedForFulfillment.v1,'],
  ])('knows no %s', async (event, words) => {
    const { code, err } = await run(['contracts', 'mock', event, '--rules', 'rules']);
    expect(code).toBe(2);
    expect(err).toContain(words);
  });
});
