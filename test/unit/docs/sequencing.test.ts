/** The table of hazards names the tests that prove what becomes of each: they are there. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const page = readFileSync(new URL('../../../docs/sequencing.md', import.meta.url), 'utf8');
const hazards = page.slice(page.indexOf('## Hazards'));
const rows = hazards.split('\n').filter((line) => line.startsWith('|') && !/^\| *(Hazard|-+)/.test(line));
const proofs = rows.map((row) => row.split('|').at(-2) ?? '');

describe('docs/sequencing.md', () => {
  it.each(rows.map((row, index) => [row.split('|')[1]?.trim() ?? '', proofs[index] ?? '']))('%s', (_, proof) => {
    const paths = [...proof.matchAll(/`((?:unit|property|integration|fuzz)[\w/-]*)`/g)].map(([, path = '']) => path);
    const scenarios = [...proof.matchAll(/e2e `([\w-]+)`/g)].map(([, name = '']) => `e2e/scenarios/${name}.ts`);
    expect(paths.length + scenarios.length + (/recordings? /.test(proof) ? 1 : 0)).toBeGreaterThan(0);
    const places = [...paths.flatMap((path) => [`${path}.test.ts`, path]), ...scenarios];
    for (const path of paths)
      expect(
        places.some((place) => place.startsWith(path) && isThere(place)),
        path,
      ).toBe(true);
    for (const scenario of scenarios) expect(isThere(scenario), scenario).toBe(true);
  });
});

const isThere = (path: string): boolean => existsSync(new URL(`../../${path}`, import.meta.url));
