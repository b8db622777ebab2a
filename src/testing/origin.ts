/** An origin as a test names it -> the annotations by which the legacy system would say it. */
import { isSaidName, namesIn, type SaidName } from '../domain/source/said.js';
import type { CompiledRules } from '../rules/compile.js';

interface Annotation {
  readonly prefix: string;
  readonly content: string;
}

/** @throws TypeError when no annotation of the rule set says one of these: what columns say, a test writes into the rows. */
export function annotationsOf(
  given: Readonly<Partial<Record<SaidName, string>>>,
  { origins }: Pick<CompiledRules, 'origins'>,
): Annotation[] {
  const contents = new Map<string, Record<string, string>>();
  for (const [name, value] of Object.entries(given)) {
    const telling = origins.find(({ prefix, says }) => prefix !== null && isSaidName(name) && says[name] !== undefined);
    if (telling?.prefix == null || !isSaidName(name)) throw notTold(name, origins);
    const content = contents.get(telling.prefix) ?? {};
    contents.set(telling.prefix, { ...content, [telling.says[name] ?? name]: value });
  }
  return [...contents].map(([prefix, content]) => ({ prefix, content: JSON.stringify(content) }));
}

function notTold(name: string, origins: CompiledRules['origins']): TypeError {
  const byColumns = origins.find(({ table, says }) => table !== null && namesIn(says).some((each) => each === name));
  return new TypeError(
    byColumns?.table == null
      ? `origin says ${name}, and no origin of the rule set tells it: docs/annotations.md`
      : `origin says ${name}, which columns of ${byColumns.table.name} tell: write them into the rows`,
  );
}
