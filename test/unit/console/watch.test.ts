/** What the console remembers of what tasks tell: bounded, by minute, and gone when a task is another member's. */
import { describe, expect, it } from 'vitest';
import { MINUTE_MS, Minutes, MINUTES, sum } from '../../../src/console/watch/minutes.js';
import { Outcomes, OUTCOMES_MAX } from '../../../src/console/watch/outcomes.js';
import { PublishedWatch, SERIES_MAX } from '../../../src/console/watch/published-watch.js';
import { TaskWatch } from '../../../src/console/watch/task-watch.js';
import type { CommandOutcome } from '../../../src/domain/command.js';
import type { IntegrationEvent } from '../../../src/domain/integration-event.js';
import type { PipelineEvent } from '../../../src/pipeline/events.js';

const START = Date.parse('2026-11-21T09:00:30Z');

describe('minutes', () => {
  it('count by minute, oldest first, and forget what is older than an hour', () => {
    const minutes = new Minutes();
    minutes.add(START, 5);
    minutes.add(START + MINUTE_MS, 2);
    expect(minutes.read(START + MINUTE_MS).slice(-3)).toEqual([0, 5, 2]);
    expect(minutes.read(START + (MINUTES - 1) * MINUTE_MS)[0]).toBe(5);
    expect(sum(minutes.read(START + MINUTES * MINUTE_MS))).toBe(2);
    expect(sum(minutes.read(START + 10 * MINUTES * MINUTE_MS))).toBe(0);
  });

  it('go on when the clock is set back', () => {
    const minutes = new Minutes();
    minutes.add(START);
    minutes.add(START - 10 * MINUTE_MS);
    expect(minutes.read(START - 5 * MINUTE_MS).at(-1)).toBe(2);
  });
});

type Told = Partial<Pick<IntegrationEvent, 'version' | 'value'>> & Pick<IntegrationEvent, 'type'>;

function decided(...told: readonly Told[]): PipelineEvent {
  const events = told.map((event) => ({ version: 1, value: {}, ...event }));
  return { kind: 'decided', entry: {}, events } as unknown as PipelineEvent;
}

describe('published events', () => {
  it('are counted by type and version, and by each name of their context', () => {
    let nowMs = START;
    const watch = new PublishedWatch(['market', 'channel'], () => nowMs);
    const german = { type: 'A', value: { market: 'DE', channel: null, other: 'x' } };
    watch.observe(decided(german, { type: 'A', value: { market: 'FR' } }));
    nowMs += MINUTE_MS;
    watch.observe(decided({ ...german, version: 2 }));
    expect(watch.rate('A', 1)).toEqual({ lastMinute: 2, lastHour: 2 });
    expect(watch.rate('A', 2)).toEqual({ lastMinute: 0, lastHour: 1 });
    expect(watch.rate('B', 1)).toEqual({ lastMinute: 0, lastHour: 0 });
    const { series, since, minutesFrom } = watch.read();
    expect(series.map(({ counts, ...of }) => [...Object.values(of), sum(counts)])).toEqual([
      ['A', 1, '', '', 2],
      ['A', 1, 'market', 'DE', 1],
      ['A', 1, 'market', 'FR', 1],
      ['A', 2, '', '', 1],
      ['A', 2, 'market', 'DE', 1],
    ]);
    expect([since, minutesFrom]).toEqual(['2026-11-21T09:00:30.000Z', '2026-11-21T08:02:00.000Z']);
  });

  it('of more values than are told apart are counted together', () => {
    const watch = new PublishedWatch(['market'], () => START);
    for (let i = 0; i < SERIES_MAX + 10; i += 1) watch.observe(decided({ type: 'A', value: { market: `m${i}` } }));
    const { series, uncounted } = watch.read();
    expect([series.length, uncounted]).toEqual([SERIES_MAX, 11]);
  });
});

describe('a task', () => {
  const held = {
    transaction: '7:9',
    code: 'TRANSACTION_INCOMPLETE',
    text: 'rows',
    isWaitedFor: true,
    sinceMs: 5,
  } as const;
  const sequenced: PipelineEvent = {
    ...{ kind: 'sequenced', source: 'legacy', transactions: 1, empty: 0, headless: 0, baselineRows: 0 },
    ...{ openTransactions: 2, heldRows: 3, oldestOpenTimeMs: 4, gaps: 0, allHeld: [held], held },
  };
  const committed = (result: 'committed' | 'failed'): PipelineEvent => ({
    ...{ kind: 'committed', result, seconds: 1, published: [] },
  });

  it('is as it told last, and unknown when another member has it', () => {
    const watch = new TaskWatch();
    const observe = watch.observer('orders');
    expect(watch.task('orders').state).toBeNull();
    observe({ kind: 'state', state: 'running', reason: null });
    observe(sequenced);
    expect(watch.task('orders')).toEqual({ task: 'orders', state: 'running', reason: null, failure: null });
    expect(watch.source('orders', 'legacy')).toEqual({ openTransactions: 2, heldRows: 3, held: [held] });
    observe({ kind: 'failed', code: 'REDIS_UNAVAILABLE', disposition: 'retry', text: 'away' });
    observe({ kind: 'state', state: 'paused', reason: 'REDIS_UNAVAILABLE' });
    expect(watch.task('orders')).toMatchObject({ state: 'paused', failure: { code: 'REDIS_UNAVAILABLE' } });
    expect(watch.source('orders', 'legacy')).toBeNull();
    observe(committed('failed'));
    expect(watch.task('orders').failure).not.toBeNull();
    observe(committed('committed'));
    expect(watch.task('orders').failure).toBeNull();
    observe({ kind: 'state', state: 'fenced', reason: null });
    expect(watch.task('orders').state).toBeNull();
  });
});

describe('outcomes of commands', () => {
  const outcome = (id: string, result: CommandOutcome['result']): PipelineEvent => ({
    kind: 'command',
    outcome: { id, kind: 'unpark', subject: 'order 1', by: 'a', reason: 'b', result, text: 'words' },
  });

  it('are kept by task, the last of each, and only so many', () => {
    const outcomes = new Outcomes();
    outcomes.observer('orders.0')(outcome('x', 'refused'));
    outcomes.observer('orders.1')(outcome('x', 'applied'));
    outcomes.observer('orders.0')(outcome('x', 'repeated'));
    expect(outcomes.of('x').map(({ task, result }) => [task, result])).toEqual([
      ['orders.1', 'applied'],
      ['orders.0', 'repeated'],
    ]);
    for (let i = 0; i < OUTCOMES_MAX; i += 1) outcomes.observer('orders.0')(outcome(`other ${i}`, 'applied'));
    expect(outcomes.of('x')).toEqual([]);
  });
});
