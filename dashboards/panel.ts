/**
 * A small typed builder for Grafana's classic dashboard JSON: panels are laid out in rows from left to right, every query uses the
 * templated data source, and every panel must have a title, a description and a unit, because the types ask for them.
 */

/** Matchers that every query carries: the variables of the dashboard. */
export const SELECTOR = 'job=~"$job",instance=~"$instance"';

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' } as const;
const GRID_WIDTH = 24;

export interface Query {
  readonly expr: string;
  /** How a series is named: `{{topic}}`. */
  readonly legend: string;
}

export interface PanelSpec {
  readonly kind: 'timeseries' | 'stat' | 'table';
  readonly title: string;
  readonly description: string;
  /** A unit of Grafana: `s`, `short`, `ops`, `bytes`, `percentunit`, `dateTimeFromNow`. */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** Of 24 columns. Default 8 for graphs, 4 for single values. */
  readonly width?: number;
  /** Values from which a single value turns orange and red. */
  readonly alarm?: readonly [orange: number, red: number];
}

export interface RowSpec {
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Rows and their panels with ids and places. */
export function layOut(rows: readonly RowSpec[]): Json[] {
  const placed: Json[] = [];
  let y = 0;
  for (const { title, panels } of rows) {
    placed.push({
      id: placed.length + 1,
      type: 'row',
      title,
      collapsed: false,
      panels: [],
      gridPos: { h: 1, w: GRID_WIDTH, x: 0, y },
    });
    y += 1;
    let x = 0;
    let height = 0;
    for (const spec of panels) {
      const size = sizeOf(spec);
      if (x + size.w > GRID_WIDTH) {
        x = 0;
        y += height;
        height = 0;
      }
      placed.push(panel(spec, placed.length + 1, { ...size, x, y }));
      x += size.w;
      height = Math.max(height, size.h);
    }
    y += height;
  }
  return placed;
}

const sizeOf = ({ kind, width }: PanelSpec): { h: number; w: number } =>
  kind === 'stat' ? { h: 4, w: width ?? 4 } : { h: 8, w: width ?? 8 };

function panel(spec: PanelSpec, id: number, gridPos: { h: number; w: number; x: number; y: number }): Json {
  const { kind, title, description, unit, queries, alarm } = spec;
  const steps: Json[] = [{ color: 'green', value: null }];
  if (alarm !== undefined) steps.push({ color: 'orange', value: alarm[0] }, { color: 'red', value: alarm[1] });
  return {
    id,
    type: kind,
    title,
    description,
    datasource: DATASOURCE,
    gridPos,
    fieldConfig: {
      defaults: {
        unit,
        min: kind === 'timeseries' ? 0 : null,
        custom: custom(kind),
        thresholds: { mode: 'absolute', steps },
      },
      overrides: [],
    },
    options: options(kind),
    targets: queries.map(({ expr, legend }, i) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + i),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
      ...(kind === 'table' ? { format: 'table', instant: true } : kind === 'stat' ? { instant: true } : {}),
    })),
  };
}

const custom = (kind: PanelSpec['kind']): Json =>
  kind === 'timeseries' ? { lineWidth: 1, fillOpacity: 10, showPoints: 'never' } : {};

function options(kind: PanelSpec['kind']): Json {
  if (kind === 'table') return { showHeader: true };
  if (kind === 'timeseries') {
    return {
      legend: { displayMode: 'table', placement: 'bottom', calcs: ['max', 'lastNotNull'] },
      tooltip: { mode: 'multi', sort: 'desc' },
    };
  }
  return {
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    colorMode: 'background',
    graphMode: 'none',
  };
}

/** A variable filled from the values of a label. */
export const labelVariable = (name: string, query: string): Json => ({
  type: 'query',
  name,
  label: name,
  datasource: DATASOURCE,
  query: { query, refId: `variable-${name}` },
  definition: query,
  multi: true,
  includeAll: true,
  allValue: '.+',
  current: { selected: true, text: ['All'], value: ['$__all'] },
  refresh: 2,
  sort: 1,
  hide: 0,
});

/** The variable that chooses the data source. */
export const datasourceVariable: Json = {
  type: 'datasource',
  name: 'datasource',
  label: 'Data source',
  query: 'prometheus',
  current: { text: 'Prometheus', value: 'prometheus' },
  hide: 0,
};
