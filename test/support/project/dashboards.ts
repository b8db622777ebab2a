/** Reads what is in `dashboards/`: queries of the Grafana dashboard, recording rules, alerts and their tests. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** Path of a file in `dashboards/`. */
export const dashboardPath = (name: string): string =>
  fileURLToPath(new URL(`../../../dashboards/${name}`, import.meta.url));

const read = (name: string): string => readFileSync(dashboardPath(name), 'utf8');

export interface Target {
  readonly expr: string;
  readonly datasource: { readonly uid: string };
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly datasource: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig: { readonly defaults: { readonly unit: string } };
  readonly targets: readonly Target[];
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly refresh?: number;
  readonly datasource?: { readonly uid: string };
}

export interface Dashboard {
  readonly uid: string;
  readonly editable: boolean;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list: readonly Target[] };
}

export const readDashboard = (): Dashboard => JSON.parse(read('grafana/dragoman.json')) as Dashboard;

/** Panels that draw something, without the rows that part them. */
export const drawnPanels = (): readonly Panel[] => readDashboard().panels.filter(({ type }) => type !== 'row');

/** Every query of the dashboard, annotations included. */
export const dashboardQueries = (): readonly string[] => [
  ...drawnPanels().flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ...readDashboard().annotations.list.map(({ expr }) => expr),
];

interface RuleFile<R> {
  readonly groups: readonly { readonly rules: readonly R[] }[];
}

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook_url' | 'dashboard', string>>;
}

const rules = <R>({ groups }: RuleFile<R>): readonly R[] => groups.flatMap(({ rules: list }) => list);

export const recordingRules = (): readonly RecordingRule[] =>
  rules(parse(read('rules/recording.yml')) as RuleFile<RecordingRule>);

export const alertRules = (): readonly AlertRule[] => rules(parse(read('rules/alerts.yml')) as RuleFile<AlertRule>);

/** Names of the promtool tests. */
export const alertTestNames = (): readonly string[] =>
  (parse(read('rules/alerts.test.yml')) as { tests: { name: string }[] }).tests.map(({ name }) => name);

/** Metric names in a query: what stands before a matcher, a range, an operator or an end, and is neither function nor label. */
export function metricsIn(query: string): string[] {
  const bare = query
    .replace(/\{[^}]*\}/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, '');
  const words = [...bare.matchAll(/[a-zA-Z_:][a-zA-Z0-9_:]*(?!\s*\(|[a-zA-Z0-9_:])/g)].map(([word]) => word);
  return words.filter((word) => !KEYWORDS.has(word) && !/^\d/.test(word));
}

const KEYWORDS = new Set(['and', 'or', 'unless', 'by', 'without', 'offset', 'bool', 'm', 's', 'h']);
