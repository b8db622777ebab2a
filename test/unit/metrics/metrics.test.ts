/** Metrics as Prometheus reads them: what each event does, ages at the moment of the scrape, names checked by promtool. */
import { beforeEach, describe, expect, it } from 'vitest';
import { METRICS } from '../../../src/metrics/catalogue.js';
import { createMetrics, type Metrics } from '../../../src/metrics/metrics.js';
import type { PipelineEvent } from '../../../src/pipeline/events.js';
import { PRODUCERS_MAX } from '../../../src/metrics/routes/route-watch.js';
import { consumed, NOW_MS, RUN, TOLD } from '../../support/pipeline/events.js';
import { runPromtool } from '../../support/project/promtool.js';
import { ORDERS } from '../../support/pipeline/orders.js';

let nowMs = NOW_MS;
let metrics: Metrics;
let lines: readonly string[];

const scrape = async (): Promise<readonly string[]> => (await metrics.render()).split('\n');
const tell = async (...events: readonly PipelineEvent[]): Promise<void> => {
  events.forEach(metrics.observer(ORDERS));
  lines = await scrape();
};

beforeEach(() => {
  nowMs = NOW_MS;
  const clock = { nowMs: () => nowMs };
  metrics = createMetrics({ clock, version: '1.2.3', rulesDigest: 'abc', processMetrics: false });
});

describe('a run of a pipeline', () => {
  it.each([
    'dragoman_records_consumed_total{pipeline="orders",shard="0",topic="legacy.oms.ord_hdr",op="c"} 6',
    'dragoman_records_skipped_total{pipeline="orders",shard="0",topic="legacy.oms.ord_hdr",reason="tombstone"} 3',
    'dragoman_consumer_lag_records{pipeline="orders",shard="0",topic="legacy.oms.ord_hdr",partition="2"} 5',
    'dragoman_consumer_lag_seconds{pipeline="orders",shard="0",topic="legacy.oms.ord_hdr",partition="2"} 3',
    `dragoman_source_last_event_timestamp_seconds{pipeline="orders",shard="0",topic="legacy.oms.ord_hdr"} ${NOW_MS / 1000 - 3}`,
    'dragoman_source_transactions_total{pipeline="orders",shard="0",source="legacy"} 4',
    'dragoman_source_empty_transactions_total{pipeline="orders",shard="0",source="legacy"} 1',
    'dragoman_source_headless_transactions_total{pipeline="orders",shard="0",source="legacy"} 2',
    'dragoman_baseline_rows_total{pipeline="orders",shard="0",source="legacy"} 7',
    'dragoman_source_gaps_total{pipeline="orders",shard="0",source="legacy"} 1',
    'dragoman_shards_disagree_total{pipeline="orders",shard="0",source="legacy"} 1',
    'dragoman_open_transactions{pipeline="orders",shard="0",source="legacy"} 1',
    'dragoman_held_rows{pipeline="orders",shard="0",source="legacy"} 9',
    'dragoman_oldest_open_transaction_age_seconds{pipeline="orders",shard="0",source="legacy"} 2',
    'dragoman_duplicates_dropped_total{cause="row-replayed"} 2',
    'dragoman_stage_duration_seconds_count{stage="decode"} 1',
    'dragoman_change_sets_total{pipeline="orders",shard="0",aggregate="order",outcome="applied"} 1',
    'dragoman_rule_verdicts_total{fact="OrderReleased",verdict="unmet"} 1',
    'dragoman_intervention_change_sets_total{pipeline="orders",shard="0",intervention="codes of March"} 1',
    'dragoman_intervention_facts_total{pipeline="orders",shard="0",intervention="codes of March",fact="OrderReleased"} 1',
    'dragoman_column_departures_total{pipeline="orders",shard="0",table="oms.ord_hdr",column="notes",what="in-use"} 1',
    'dragoman_events_published_total{pipeline="orders",shard="0",event="OrderAccepted",context="market=DE"} 1',
    'dragoman_events_published_total{pipeline="orders",shard="0",event="OrderAccepted",context=""} 1',
    'dragoman_deprecated_events_published_total{pipeline="orders",shard="0",event="RefundDue",version="1"} 1',
    'dragoman_event_latency_seconds_bucket{le="0.03",event="OrderAccepted"} 1',
    'dragoman_event_latency_seconds_bucket{le="0.06",event="OrderAccepted"} 2',
    'dragoman_kafka_transactions_total{pipeline="orders",shard="0",result="failed"} 1',
    'dragoman_kafka_transaction_duration_seconds_count{result="committed"} 1',
    'dragoman_redis_duration_seconds_count{operation="load"} 1',
    'dragoman_redis_keys_total{operation="load"} 3',
    'dragoman_restores_total{pipeline="orders",shard="0",extent="whole"} 1',
    'dragoman_restored_states_total{pipeline="orders",shard="0"} 12',
    'dragoman_restore_progress_ratio{pipeline="orders",shard="0"} 0',
    'dragoman_restore_left_seconds{pipeline="orders",shard="0"} 0',
    'dragoman_retention_used_ratio{pipeline="orders",shard="0",topic="legacy.oms.ord_hdr"} 0.625',
    'dragoman_retention_left_seconds{pipeline="orders",shard="0",topic="legacy.oms.ord_hdr"} 3600',
    'dragoman_retention_left_records{pipeline="orders",shard="0",topic="legacy.oms.ord_hdr"} 70',
    'dragoman_unsafe_topics{pipeline="orders",shard="0"} 1',
    'dragoman_clock_timestamp_seconds{pipeline="orders",shard="0"} 5',
    'dragoman_timers_behind{pipeline="orders",shard="0"} 2',
    'dragoman_facts_total{pipeline="orders",shard="0",fact="OrderAccepted",context="market=DE"} 1',
    'dragoman_origins_unread_total{pipeline="orders",shard="0",source="legacy",reason="no JSON object"} 1',
    'dragoman_oldest_overdue_fact_seconds{pipeline="orders",shard="0",fact="OrderReleasedToWarehouse"} 7200',
    'dragoman_overdue_facts{pipeline="orders",shard="0",fact="OrderReleasedToWarehouse"} 2',
    'dragoman_source_clock_timestamp_seconds{pipeline="orders",shard="0",source="legacy"} 5',
    'dragoman_parked_aggregates{pipeline="orders",shard="0",reason="CODE_UNKNOWN",importance="critical"} 1',
    'dragoman_parked_aggregates{pipeline="orders",shard="0",reason="RULE_THREW",importance="high"} 1',
    'dragoman_parked_oldest_seconds{pipeline="orders",shard="0",importance="critical"} 3600',
    'dragoman_parked_oldest_seconds{pipeline="orders",shard="0",importance="high"} 40',
    'dragoman_orphan_deletes_total{pipeline="orders",shard="0",table="oms.ord_line"} 1',
    'dragoman_unplaced_changes_total{pipeline="orders",shard="0",table="oms.pay_txn",code="ROW_OWNER_UNKNOWN"} 1',
    'dragoman_missed_facts_total{pipeline="orders",shard="0",fact="OrderReleased"} 1',
    'dragoman_vanished_rows_total{pipeline="orders",shard="0",table="oms.pay_txn"} 1',
    'dragoman_sweep_states{pipeline="orders",shard="0",source="legacy"} 0',
    'dragoman_sweep_duration_seconds_count{pipeline="orders",shard="0",source="legacy"} 1',
    'dragoman_commands_total{kind="unpark",result="applied"} 1',
    'dragoman_commands_total{kind="unknown",result="lost"} 1',
    'dragoman_failures_total{pipeline="orders",shard="0",code="REDIS_UNAVAILABLE",disposition="retry"} 1',
    'dragoman_task_state{pipeline="orders",shard="0",state="running"} 1',
    'dragoman_task_state{pipeline="orders",shard="0",state="assigned"} 0',
    'dragoman_build_info{version="1.2.3",rules_digest="abc"} 1',
    'dragoman_route_stage{pipeline="orders",shard="0",contract="OrderReady.v1",route="market=DE",stage="service"} 1',
    'dragoman_route_returning{pipeline="orders",shard="0",route="OrderReady.v1 market=AT"} 1',
    'dragoman_route_moves_total{pipeline="orders",shard="0",contract="OrderReady.v1",from="legacy",to="service"} 1',
    'dragoman_route_move_seconds_sum{pipeline="orders",shard="0",from="legacy",to="service"} 1.5',
    'dragoman_owned_aggregates{pipeline="orders",shard="0",contract="OrderReady.v1",owner="service"} 3',
    'dragoman_owed_facts{pipeline="orders",shard="0",contract="OrderReady.v1"} 2',
    'dragoman_told_events_total{pipeline="orders",shard="0",contract="OrderReady.v1",producer="service:orders",finding="none"} 1',
    'dragoman_echoes_total{pipeline="orders",shard="0",contract="OrderReady.v1",kind="suppressed"} 1',
    'dragoman_echoes_total{pipeline="orders",shard="0",contract="OrderReady.v1",kind="not-owned"} 1',
  ])('shows %s', async (line) => {
    await tell(...RUN);
    expect(lines).toContain(line);
  });

  it('shows how far a restore is, while it lasts', async () => {
    await tell({ kind: 'restoring', states: 6, share: 0.5, statesPerSecond: 30, leftSeconds: 9, whole: true });
    expect(lines).toContain('dragoman_restore_progress_states{pipeline="orders",shard="0"} 6');
    expect(lines).toContain('dragoman_restore_left_seconds{pipeline="orders",shard="0"} 9');
  });

  it('fills every metric of the catalogue', async () => {
    metrics.setSequencing(ORDERS, 'legacy', 'exact');
    metrics.setSunset({ event: 'RefundDue', version: 1 }, Date.parse('2027-03-01'));
    await tell(...RUN);
    expect(lines).toContain('dragoman_contract_sunset_timestamp_seconds{event="RefundDue",version="1"} 1803859200');
    for (const { name } of METRICS)
      expect(
        lines.some((line) => line.startsWith(name)),
        name,
      ).toBe(true);
  });

  it('puts no business key into a label', async () => {
    await tell(...RUN);
    expect(lines.join('\n')).not.toContain('471');
  });
});

describe('routes', () => {
  const DE = { context: { market: 'DE' } };

  it('have one stage each, and none when the task is another member’s', async () => {
    const stands = (stage: 'legacy' | 'service') =>
      ({ kind: 'routes', all: [{ contract: 'OrderReady.v1', selector: DE, stage, isAsked: false }] }) as const;
    await tell(stands('legacy'), stands('service'));
    const shown = () => lines.filter((line) => line.startsWith('dragoman_route_stage{'));
    expect(shown()).toEqual([expect.stringContaining('stage="service"')]);
    await tell({ kind: 'state', state: 'closed', reason: null });
    expect(shown()).toEqual([]);
  });

  it('that are only asked for were not moved', async () => {
    const asked = { contract: 'OrderReady.v1', selector: DE, epoch: 2, from: 'service', to: 'legacy' } as const;
    await tell({ ...asked, kind: 'route', at: '2026-11-20T12:00:00Z', by: 'ada', reason: 'r', isAsked: true });
    expect(lines.filter((line) => line.startsWith('dragoman_route_moves_total{'))).toEqual([]);
  });

  it('tell publishers apart, up to a number', async () => {
    const told = (producer: string) => ({ ...TOLD, told: { ...TOLD.told!, producer } });
    const names = Array.from({ length: PRODUCERS_MAX + 5 }, (_, i) => `service:s${i}`);
    await tell(...names.map((name) => ({ kind: 'decided', entry: told(name), events: [] }) as const));
    const shown = lines.filter((line) => line.startsWith('dragoman_told_events_total{'));
    expect(shown).toHaveLength(PRODUCERS_MAX + 1);
    expect(shown.at(-1)).toContain('producer="other",finding="none"} 5');
  });
});

describe('lag', () => {
  const lag = () =>
    lines
      .find((line) => line.startsWith('dragoman_consumer_lag_seconds{'))
      ?.split(' ')
      .at(-1);

  it('grows between events while there is something to read', async () => {
    await tell(consumed());
    nowMs += 60_000;
    lines = await scrape();
    expect(lag()).toBe('63');
  });

  it('is 0 when all is read, however old the newest row is', async () => {
    await tell(consumed({ lagRecords: 0 }));
    nowMs += 3_600_000;
    lines = await scrape();
    expect(lag()).toBe('0');
  });

  it('counts from the first sight of a lag when no row was read yet', async () => {
    await tell(consumed({ records: 0, byOperation: {}, newestSourceTimeMs: null }));
    nowMs += 7000;
    await tell(consumed({ records: 0, byOperation: {}, newestSourceTimeMs: null }));
    expect(lag()).toBe('7');
  });

  it('keeps the source time when an event tells only the lag', async () => {
    await tell(consumed({ lagRecords: 0 }), consumed({ records: 0, byOperation: {}, newestSourceTimeMs: null }));
    expect(lag()).toBe('3');
  });

  it.each(['closing', 'fenced', 'closed'] as const)('goes away when the task is %s', async (state) => {
    await tell(...RUN, { kind: 'state', state, reason: null });
    const gone = ['lag_', 'open_transactions', 'held_rows', 'oldest_open', 'parked_', 'source_last'];
    expect(lines.filter((line) => gone.some((part) => line.startsWith('dragoman_') && line.includes(part)))).toEqual(
      [],
    );
  });
});

describe('what stands until it is told again', () => {
  it.each(['closing', 'fenced', 'closed'] as const)('goes away when the task is %s', async (state) => {
    await tell(...RUN);
    const standing = /^dragoman_(retention_|unsafe_topics|unknown_tables|restore_(progress|left)|sweep_states)/;
    expect(lines.filter((line) => standing.test(line)).length).toBeGreaterThan(6);
    await tell({ kind: 'state', state, reason: null });
    expect(lines.filter((line) => standing.test(line))).toEqual([]);
    await tell(RUN.find(({ kind }) => kind === 'retention')!);
    expect(lines.filter((line) => line.startsWith('dragoman_retention_used_ratio'))).toHaveLength(1);
  });
});

describe('open transactions', () => {
  it('are forgotten when the task stops running, the lag is not', async () => {
    await tell(...RUN, { kind: 'state', state: 'paused', reason: 'Redis is away' });
    expect(lines.filter((line) => /^dragoman_(open_transactions|held_rows|oldest_open)/.test(line))).toEqual([]);
    expect(lines.some((line) => line.startsWith('dragoman_consumer_lag_seconds{'))).toBe(true);
  });
});

describe('alerts over time', () => {
  it('find their series with 0 before the first failure', async () => {
    await tell();
    expect(lines).toContain('dragoman_kafka_transactions_total{pipeline="orders",shard="0",result="failed"} 0');
    expect(lines).toContain(
      'dragoman_failures_total{pipeline="orders",shard="0",code="REDIS_UNAVAILABLE",disposition="retry"} 0',
    );
  });
});

describe('names', () => {
  it('pass promtool, process metrics included', async () => {
    const clock = { nowMs: () => NOW_MS };
    const whole = createMetrics({ clock, version: '1.2.3', rulesDigest: 'abc' });
    RUN.forEach(whole.observer(ORDERS));
    const { status, output } = runPromtool(['check', 'metrics'], await whole.render());
    expect(output).toBe('');
    expect(status).toBe(0);
  }, 120_000);

  it('follow the conventions', () => {
    for (const { name, type, help, buckets } of METRICS) {
      expect(name).toMatch(/^dragoman_[a-z_]+$/);
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      expect(help, name).toMatch(/\.$/);
      expect(buckets !== undefined, name).toBe(type === 'histogram');
    }
  });
});
