/** The Grafana dashboard by the rules of Grafana's dashboard linter, and its queries by Prometheus's own parser. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { DASHBOARD_FILE, dashboardText } from '../../../dashboards/build.js';
import { dashboardPath, dashboardQueries, drawnPanels, readDashboard } from '../../support/project/dashboards.js';
import { runPromtool } from '../../support/project/promtool.js';

describe('the dashboard', () => {
  it('is what the builder writes (npx tsx dashboards/build.ts)', async () => {
    expect(readFileSync(DASHBOARD_FILE, 'utf8')).toBe(await dashboardText());
  });

  it('is not editable and has a fixed uid', () => {
    const { uid, editable } = readDashboard();
    expect([uid, editable]).toEqual(['dragoman', false]);
  });

  it('has a templated data source, and job and instance that allow several and all', () => {
    const [datasource, ...labels] = readDashboard().templating.list;
    expect(datasource).toMatchObject({ name: 'datasource', type: 'datasource' });
    expect(labels.map(({ name }) => name)).toEqual(['job', 'instance']);
    for (const label of labels) expect(label).toMatchObject({ multi: true, includeAll: true, refresh: 2 });
  });

  it.each(drawnPanels().map((panel) => [panel.title, panel] as const))('%s is complete', (_title, panel) => {
    expect(panel.title).not.toBe('');
    expect(panel.description).toMatch(/\.$/);
    expect(panel.fieldConfig.defaults.unit).not.toBe('');
    expect(panel.targets.length).toBeGreaterThan(0);
    for (const { datasource } of [panel, ...panel.targets]) expect(datasource.uid).toBe('${datasource}');
  });

  it('has panels with ids of their own that do not overlap', () => {
    const panels = readDashboard().panels;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)}/${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  });
});

describe('its queries', () => {
  it.each(dashboardQueries())('%s keeps to job, instance and the rate interval', (query) => {
    const selectors = query.match(/\{[^}]*\}/g) ?? [];
    expect(selectors.length).toBeGreaterThan(0);
    for (const selector of selectors) expect(selector).toMatch(/^\{job=~"\$job",instance=~"\$instance"/);
    for (const range of query.match(/\[[^\]]*\]/g) ?? []) expect(range).toBe('[$__rate_interval]');
    for (const [counter] of query.matchAll(/\w+\(\w+_(total|bucket|count)\b/g))
      expect(counter).toMatch(/^(rate|increase)\(/);
  });

  it('are understood by Prometheus', () => {
    const folder = mkdtempSync(join(tmpdir(), 'dragoman-queries-'));
    const file = join(folder, 'queries.yml');
    const rules = dashboardQueries().map((query, i) => ({
      record: `dashboard:query:${i}`,
      expr: query.replaceAll('$__rate_interval', '1m').replaceAll('"$job"', '".+"').replaceAll('"$instance"', '".+"'),
    }));
    writeFileSync(file, stringify({ groups: [{ name: 'queries', rules }] }));
    const { status, output } = runPromtool(['check', 'rules', file]);
    rmSync(folder, { recursive: true });
    expect(output).toContain(`${rules.length} rules found`);
    expect(status).toBe(0);
  }, 120_000);
});

describe('the provisioning', () => {
  it('names the data source that the dashboard starts with', () => {
    const text = readFileSync(dashboardPath('grafana/provisioning/datasources/prometheus.yaml'), 'utf8');
    expect(parse(text)).toMatchObject({ datasources: [{ uid: 'prometheus', type: 'prometheus', isDefault: true }] });
  });

  it('does not let the browser change what is in the repository', () => {
    const text = readFileSync(dashboardPath('grafana/provisioning/dashboards/dragoman.yaml'), 'utf8');
    expect(parse(text)).toMatchObject({ providers: [{ type: 'file', allowUiUpdates: false }] });
  });
});
