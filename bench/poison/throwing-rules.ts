/**
 * The example rules with a mistake in them: the context of an order throws for one tenant. Rules without a mistake throw for no row, so
 * without it one kind of poison could not be made. It costs nothing where the tenant is another.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchError } from '../bench-error.js';

/** Written by `poison-rows.ts` into `tnt_cd`. */
export const THROWING_TENANT = 'POISON';

const FILE = join('aggregates', 'order.ts');
const SOUND = 'tenant: (o) => o.header?.tnt_cd ?? null,';
const MISTAKEN = `tenant: (o) => (o.header?.tnt_cd === '${THROWING_TENANT}' ? JSON.parse('{') : (o.header?.tnt_cd ?? null)),`;

/** Changes a copy of the rules; doing it again changes nothing. @throws BenchError BUILD_FAILED when they are not as they were. */
export async function letRulesThrow(rules: string): Promise<void> {
  const file = join(rules, FILE);
  const text = await readFile(file, 'utf8');
  if (text.includes(MISTAKEN)) return;
  if (text.split(SOUND).length !== 2) throw new BenchError('BUILD_FAILED', `${file} does not hold once: ${SOUND}`);
  await writeFile(file, text.replace(SOUND, MISTAKEN));
}
