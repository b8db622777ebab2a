/** What the log says of a run: levels, codes, and no row data where it would be kept. */
import { describe, expect, it } from 'vitest';
import { createLogger } from '../../../src/server/logger.js';
import { logObserver } from '../../../src/server/log-observer.js';
import type { LOG_LEVELS } from '../../../src/config/schema.js';
import type { PipelineEvent } from '../../../src/pipeline/events.js';
import { LEARNT, ROW_VALUE, RUN, UNTOLD } from '../../support/pipeline/events.js';
import { ORDERS } from '../../support/pipeline/orders.js';

type Level = (typeof LOG_LEVELS)[number];

function written(level: Level, events: readonly PipelineEvent[], format: 'json' | 'pretty' = 'json'): string[] {
  const lines: string[] = [];
  const logger = createLogger({ level, format }, { write: (line) => void lines.push(line.trimEnd()) });
  events.forEach(logObserver(logger, ORDERS));
  return lines;
}

const entries = (lines: readonly string[]): Record<string, unknown>[] =>
  lines.map((line) => JSON.parse(line) as Record<string, unknown>);

describe('the log', () => {
  it('holds no row data at any level', () => {
    expect(written('trace', RUN).length).toBeGreaterThan(RUN.length - 2);
    expect(written('trace', RUN).join()).not.toContain(ROW_VALUE);
  });

  it('tells at info what an operator acts on, and not the hum', () => {
    const texts = entries(written('info', RUN)).map(({ level, msg }) => `${String(level)} ${String(msg)}`);
    expect(texts).toEqual([
      'info task is assigned',
      'info restoring Redis: 50 %',
      'info Redis restored from the whole state topic',
      'warn aggregates are parked from before',
      'info task is running',
      'warn a record of a contract topic: it is of epoch 1',
      'error the service that was asked for a route does not answer: fence it, then take the route (dragoman routes back --take-over)',
      'info a route was moved',
      expect.stringMatching(/^warn OrderReady was written by the new service, is legacy’s, and nobody told of it/),
      'info a run of a check ended',
      'error transaction 712:90 is held: It lacks rows that END counts.',
      'warn 63 % of the retention of legacy.oms.ord_hdr is used by records that are not read yet: raise it before they are deleted',
      'error Topic orders.journal has cleanup.policy=delete',
      'warn a snapshot shows changes that nobody read: publish or dismiss them',
      expect.stringMatching(/^warn what was said of where the change comes from is not understood \(no JSON object\)/),
      'info changes of an intervention are learnt, and not published',
      'warn oms.ord_hdr.notes is in use: in 10000 inserted rows it was null. See docs/sentinel.md',
      'warn facts that read these tables are unknown: no snapshot told of them',
      'info all states were held against the snapshot',
      'warn the snapshot had no row of these tables: what is known of them was not looked at',
      'warn parked: rule OrderAccepted threw TypeError',
      'info unparked',
      'info command applied: 2 waiting change sets were taken up in their order.',
      'error commands were lost before they were read: check and send them again',
      'error other shards put the transaction in quarantine, and this one does not hold it: it handed it on whole, or never read it. See what the others parked',
      'warn Offsets cannot be told under group dragoman.orders: tools show a lag that is none',
      'error commit times of the source are over an hour ahead of the broker: timers do not follow them, so nothing is retired. Set the clock of the database or the broker right',
      'warn no aggregate found: no order is known for this row',
      'warn Kafka transaction failed; recovering',
      'warn Redis at localhost:6379 did not answer',
    ]);
  });

  it('tells of an intervention once, however many change sets it has', () => {
    const learnt = { kind: 'decided', entry: LEARNT, events: [] } as const;
    expect(entries(written('info', [learnt, learnt])).map(({ intervention, msg }) => [intervention, msg])).toEqual([
      ['codes of March', 'changes of an intervention are learnt, and not published'],
    ]);
  });

  it('names pipeline, code and aggregate', () => {
    const parked = entries(written('warn', RUN)).find(({ code }) => code === 'RULE_THREW');
    expect(parked).toMatchObject({ level: 'warn', pipeline: 'orders', aggregate: 'order', id: '4712' });
  });

  it('has codes for what a service leaves undone', () => {
    const codes = entries(written('info', RUN)).map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['HANDOVER_OVERDUE', 'ECHO_NEAR_MISS']));
    const expired = {
      ...UNTOLD,
      echoes: [{ contract: 'OrderReady.v1', became: 'expired' as const, fact: 'OrderReady' }],
    };
    const lines = entries(written('info', [{ kind: 'decided', entry: expired, events: [] }]));
    expect(lines.map(({ code, aggregate, id }) => [code, aggregate, id])).toEqual([['ECHO_EXPIRED', 'order', '4711']]);
  });

  it('tells of what has no sign once for each contract', () => {
    const unsigned = { ...UNTOLD, echoes: [{ contract: 'OrderReady.v1', became: 'unsigned' as const }] };
    const event = { kind: 'decided', entry: unsigned, events: [] } as const;
    expect(entries(written('info', [event, event]))).toHaveLength(1);
  });

  it('names the shard where a pipeline has several', () => {
    const lines: string[] = [];
    const logger = createLogger({ level: 'info', format: 'json' }, { write: (line) => void lines.push(line) });
    logObserver(logger, { pipeline: 'orders', shard: { index: 2, count: 3 } })({
      kind: 'commandsLost',
      expectedOffset: 1,
      foundOffset: 2,
    });
    expect(entries(lines)).toMatchObject([{ pipeline: 'orders', shard: 2 }]);
    expect(entries(written('info', RUN)).filter((entry) => 'shard' in entry)).toEqual([]);
  });

  it.each([
    ['retry', 'warn'],
    ['corrupt', 'warn'],
    ['refuse', 'error'],
    ['fatal', 'fatal'],
  ])('writes a failure to %s as %s', (disposition, level) => {
    const failed: PipelineEvent = { kind: 'failed', code: 'SOURCE_GAP', disposition, text: 'a gap' };
    expect(entries(written('info', [failed]))[0]).toMatchObject({ level, code: 'SOURCE_GAP', msg: 'a gap' });
  });

  describe('what waits for a person', () => {
    const failed = (text: string): PipelineEvent => ({
      kind: 'failed',
      code: 'SOURCE_GAP',
      disposition: 'refuse',
      text,
    });
    const state = (name: 'fencing' | 'restoring' | 'running' | 'paused' | 'closing', reason: string | null = null) =>
      ({ kind: 'state', state: name, reason }) as const;
    const attempt = (text: string): PipelineEvent[] => [
      ...[state('fencing'), state('restoring'), state('running'), failed(text), state('paused', `SOURCE_GAP: ${text}`)],
    ];
    const committed: PipelineEvent = { kind: 'committed', result: 'committed', seconds: 1, published: [] };
    const texts = (level: Level, events: readonly PipelineEvent[]): string[] =>
      entries(written(level, events)).map((entry) => `${String(entry.level)} ${String(entry.msg)}`);
    const first = ['info task is fencing', 'info task is restoring', 'info task is running'];

    it('is said once, and each further try at debug, with their number', () => {
      const tries = [...attempt('a gap'), ...attempt('a gap'), ...attempt('a gap')];
      expect(texts('info', tries)).toEqual([...first, 'error a gap', 'info task is paused']);
      const again = entries(written('debug', tries)).filter(({ msg }) => String(msg).startsWith('still refused'));
      expect(again).toMatchObject([
        { level: 'debug', code: 'SOURCE_GAP', tries: 1 },
        { level: 'debug', code: 'SOURCE_GAP', tries: 2 },
      ]);
    });

    it('is said again when it is another thing, or came back after something was committed', () => {
      expect(texts('info', [...attempt('a gap'), ...attempt('another gap')])).toEqual([
        ...first,
        ...['error a gap', 'info task is paused', 'error another gap', 'info task is paused'],
      ]);
      expect(texts('info', [...attempt('a gap'), committed, ...attempt('a gap')])).toEqual([
        ...first,
        ...['error a gap', 'info task is paused', 'info goes on: nothing is refused any more'],
        ...first,
        ...['error a gap', 'info task is paused'],
      ]);
    });

    it('hides neither that the task ends, nor another failure', () => {
      const lost: PipelineEvent = { kind: 'failed', code: 'KAFKA_UNAVAILABLE', disposition: 'retry', text: 'away' };
      expect(texts('info', [...attempt('a gap'), ...attempt('a gap'), lost, state('closing')]).slice(5)).toEqual([
        'warn away',
        'info task is closing',
      ]);
    });
  });

  it('writes lines for people', () => {
    const [line] = written('info', [{ kind: 'state', state: 'paused', reason: 'limit' }], 'pretty');
    const plain = line?.replace(/\u001b\[\d+m/g, '');
    expect(plain).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}task is paused pipeline=orders state=paused reason=limit$/);
  });
});
