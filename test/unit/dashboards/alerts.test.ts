/** Alerts and recording rules: checked and tested by promtool, each one with a case that fires and one that does not. */
import { describe, expect, it } from 'vitest';
import { alertRules, alertTestNames, dashboardPath, recordingRules } from '../../support/project/dashboards.js';
import { runPromtool } from '../../support/project/promtool.js';

const ALWAYS_FIRING = 'DragomanWatchdog';
const PROMTOOL_MS = 120_000;

describe('promtool', () => {
  it.each([
    ['check', 'rules', '--lint-fatal', dashboardPath('rules/recording.yml'), dashboardPath('rules/alerts.yml')],
    ['test', 'rules', dashboardPath('rules/alerts.test.yml')],
    ['check', 'config', '--syntax-only', dashboardPath('prometheus.yml')],
  ])(
    '%s %s passes',
    (...args) => {
      const { status, output } = runPromtool(args);
      expect(output).not.toContain('FAILED');
      expect(status, output).toBe(0);
    },
    PROMTOOL_MS,
  );
});

describe('every alert', () => {
  it.each(alertRules().map((rule) => [rule.alert, rule] as const))(
    '%s says what is wrong and where to read on',
    (name, rule) => {
      const { summary, description, runbook_url: runbook, dashboard } = rule.annotations;
      expect(name).toMatch(/^Dragoman[A-Z][A-Za-z]+$/);
      expect(['critical', 'warning', 'none']).toContain(rule.labels.severity);
      expect(summary.length).toBeGreaterThan(20);
      expect(description).toMatch(/\.$/);
      expect(runbook).toBe(`docs/alerts.md#${name.toLowerCase()}`);
      expect(dashboard).toBe('/d/dragoman');
    },
  );

  it.each(alertRules().map(({ alert }) => alert))('%s has a test that fires and one that does not', (alert) => {
    expect(alertTestNames()).toContain(`${alert} fires`);
    if (alert !== ALWAYS_FIRING) expect(alertTestNames()).toContain(`${alert} stays quiet`);
  });

  it('has a name of its own', () => {
    const names = alertRules().map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('recording rules', () => {
  it.each(recordingRules().map(({ record }) => record))('%s is named level:metric:operation', (record) => {
    expect(record).toMatch(/^[a-z_]+:dragoman_[a-z0-9_]+:[a-z0-9_]+$/);
  });
});
