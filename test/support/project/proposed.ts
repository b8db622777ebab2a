/** A folder in which a proposal is tried: packages of the rules are found as the project has them. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkedRules } from '../../../src/cli/rules/check/check.js';
import { checkedConfig } from '../../../src/cli/rules/check/config.js';
import type { Finding } from '../../../src/cli/rules/check/finding.js';
import { Types } from '../../../src/cli/rules/check/types.js';

const root = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

export function newFolder(): string {
  mkdirSync(root('.cache'), { recursive: true });
  return mkdtempSync(root('.cache/init-'));
}

/** With its types and its tests, which run by the project's own packages. */
export async function checked(
  rules: string,
  options: { readonly tests?: boolean; readonly recording?: string } = {},
): Promise<{ readonly findings: readonly Finding[]; readonly words: readonly string[] }> {
  const alias = `{ 'dragoman/rules': '${root('src/rules/index.ts')}', 'dragoman/testing': '${root('src/testing/index.ts')}' }`;
  writeFileSync(
    join(rules, 'vitest.config.mjs'),
    `export default { resolve: { alias: ${alias} }, test: { testTimeout: 60_000 } };\n`,
  );
  return checkedRules(rules, checkedConfig({ rules }), options, new Types());
}
