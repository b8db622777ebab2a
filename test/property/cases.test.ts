/** Cases that once failed, found by the random runs: each is run for ever. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'vitest';
import { PROPERTIES, type PropertyName } from './properties.js';

const FOLDER = new URL('cases/', import.meta.url);

interface KeptCase {
  readonly property: PropertyName;
  readonly why: string;
  readonly case: unknown;
}

describe.each(readdirSync(FOLDER).filter((name) => name.endsWith('.json')))('%s', (name) => {
  const kept = JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as KeptCase;
  it(`holds: ${kept.why}`, async () => {
    await PROPERTIES[kept.property](kept.case as never);
  });
});
