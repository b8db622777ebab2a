/** Writes the dashboard's JSON: `npx tsx dashboards/build.ts`. A test fails when the file is not what this writes. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { dashboard } from './dragoman.js';

export const DASHBOARD_FILE = fileURLToPath(new URL('grafana/dragoman.json', import.meta.url));

/** The text of the file. */
export const dashboardText = (): Promise<string> =>
  format(JSON.stringify(dashboard(), null, 2), { parser: 'json', printWidth: 120 });

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(DASHBOARD_FILE, await dashboardText());
