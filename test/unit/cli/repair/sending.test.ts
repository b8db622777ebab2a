/** Repairs are sent at the stated rate, no more are under way than the pipeline keeps up with, and what became of each is told. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cutIntoTargets, portionOf } from '../../../../src/cli/repair/cutting.js';
import type { PublishedBefore } from '../../../../src/cli/repair/published-before.js';
import { type Came, eventsOf, sendPaced, type SendingPorts } from '../../../../src/cli/repair/sending.js';
import type { RepairCommand } from '../../../../src/domain/command.js';
import { commandOf } from '../../../support/pipeline/commands.js';
import { REPAIR } from '../../../support/repair/repairs.js';

const publishedOf = (count: number): PublishedBefore[] =>
  Array.from({ length: count }, (_, i) => ({
    ...{ aggregate: 'order', id: String(i), event: randomUUID(), contract: 'OrderReady.v1', topic: 'orders.out' },
    ...{ sequence: 1, occurredAt: '2026-11-21T10:00:00.000Z', offset: i, chars: 400 },
  }));

const commandsOf = (count: number, rate: number): RepairCommand[] =>
  [...cutIntoTargets(publishedOf(count), { headChars: 400, eventsMax: portionOf(rate) })].map((targets) => ({
    ...(commandOf({ kind: 'repair.republish', arguments: { repair: REPAIR, targets, to: null } }) as RepairCommand),
    id: randomUUID(),
  }));

/** A pipeline that carries out so many events in a second; the clock is that of the test. */
class Pipeline implements SendingPorts {
  readonly sent: { readonly atMs: number; readonly events: number }[] = [];
  underWayMax = 0;
  readonly clock = {
    nowMs: () => Date.now(),
    sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
  };
  readonly #rate: number;
  readonly #sendMs: number;
  #busyUntilMs = 0;
  readonly #doneAtMs: number[] = [];

  constructor(rate: number, sendMs = 3) {
    this.#rate = rate;
    this.#sendMs = sendMs;
  }

  async send(command: RepairCommand): Promise<number> {
    await this.clock.sleep(this.#sendMs);
    const events = eventsOf(command);
    this.sent.push({ atMs: Date.now(), events });
    this.#busyUntilMs = Math.max(this.#busyUntilMs, Date.now()) + (events / this.#rate) * 1_000;
    this.#doneAtMs.push(this.#busyUntilMs);
    const underWay = this.sent.reduce(
      (sum, one, i) => sum + ((this.#doneAtMs[i] ?? 0) > Date.now() ? one.events : 0),
      0,
    );
    this.underWayMax = Math.max(this.underWayMax, underWay);
    return this.sent.length - 1;
  }

  async carriedTo(): Promise<number> {
    await this.clock.sleep(20);
    return this.#doneAtMs.filter((atMs) => atMs <= Date.now()).length;
  }

  async became(command: RepairCommand): Promise<Came> {
    await this.clock.sleep(5);
    return { events: eventsOf(command), aggregates: command.arguments.targets.length, refused: [] };
  }
}

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

async function run(pipeline: Pipeline, count: number, rate: number): Promise<Came> {
  const sending = sendPaced(commandsOf(count, rate), pipeline, { rate, waitMs: 10_000 });
  sending.catch(() => undefined);
  await vi.runAllTimersAsync();
  return sending;
}

describe('10,000 events', () => {
  it.each([20, 50, 500, 2_000])('are sent at %i a second, within 5 %%', async (rate) => {
    const pipeline = new Pipeline(10_000);
    expect(await run(pipeline, 10_000, rate)).toEqual({ events: 10_000, aggregates: 10_000, refused: [] });
    const { sent } = pipeline;
    const [first, last] = [sent[0]!, sent.at(-1)!];
    const made = ((10_000 - last.events) / (last.atMs - first.atMs)) * 1_000;
    expect(made).toBeGreaterThan(rate * 0.95);
    expect(made).toBeLessThan(rate * 1.05);
    for (let from = 0; from + 10_000 < last.atMs; from += 10_000) {
      const within = sent.filter(({ atMs }) => atMs >= from && atMs < from + 10_000);
      expect(within.reduce((sum, { events }) => sum + events, 0)).toBeLessThanOrEqual(
        rate * 10 * 1.05 + portionOf(rate),
      );
    }
  });
});

it('a pipeline that keeps up with less is sent no more than it is given time for', async () => {
  const pipeline = new Pipeline(100);
  await run(pipeline, 5_000, 500);
  expect(pipeline.underWayMax).toBeGreaterThan(1_000);
  expect(pipeline.underWayMax).toBeLessThanOrEqual(500 * 5 + 2 * portionOf(500));
});

it('a pipeline that does not run ends it, with the way to go on', async () => {
  const pipeline = new Pipeline(0.000_001);
  await expect(run(pipeline, 5_000, 500)).rejects.toMatchObject({
    code: 'COMMAND_UNANSWERED',
    message: expect.stringContaining(`--resume ${REPAIR}`) as string,
  });
  expect(pipeline.sent.reduce((sum, { events }) => sum + events, 0)).toBeLessThan(3_000);
});

it('what fails while it is sent ends it at once', async () => {
  const pipeline = new Pipeline(1_000);
  const send = pipeline.send.bind(pipeline);
  pipeline.send = (command) => (pipeline.sent.length > 3 ? Promise.reject(new Error('away')) : send(command));
  await expect(run(pipeline, 5_000, 500)).rejects.toThrow('away');
  expect(pipeline.sent).toHaveLength(4);
});
