/** `dragoman contracts register`: the schemas of all contracts into the registry. The same rules again change nothing. */
import { type Registry, registryOf } from '../../adapters/registry/registry.js';
import { DragomanError } from '../../errors.js';
import { EXIT, print, say } from '../exit.js';
import { type CommonOptions, configOf, rulesOf } from '../load.js';
import { checkSubjects, type ContractSchema, contractSchemas } from './contract-schemas.js';
import { sameJson } from './same-json.js';

export interface RegisterOptions extends CommonOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

type Outcome = 'registered' | 'unchanged' | 'would be registered' | 'refused';

interface Row {
  readonly contract: string;
  readonly subject: string;
  readonly outcome: Outcome;
  /** Null: it has none yet. */
  readonly version: number | null;
  readonly id: number | null;
  /** In the registry's words. */
  readonly reasons: readonly string[];
}

export async function registerCommand(options: RegisterOptions): Promise<number> {
  const loaded = configOf(options, false);
  const { rules } = await rulesOf(options, loaded);
  const schemas = contractSchemas(loaded.config, rules);
  checkSubjects(schemas);
  const registry = registryOf(loaded.config.registry);
  if (registry === null)
    throw new DragomanError('COMMAND_INVALID', 'There is no registry: name one in registry.url of the config.');
  try {
    const rows: Row[] = [];
    for (const schema of schemas) rows.push(await rowOf(schema, registry, options.dryRun === true));
    if (options.json === true)
      await print(JSON.stringify({ schema: 'dragoman.cli/contracts-register@1', contracts: rows }));
    else for (const row of rows) await print(rowText(row));
    const refused = rows.filter(({ outcome }) => outcome === 'refused').length;
    say(
      `${registry.address}: ${rows.length} contracts${refused === 0 ? '' : `, ${refused} refused: an incompatible change is another major version`}`,
    );
    return refused === 0 ? EXIT.ok : EXIT.findings;
  } finally {
    registry.close();
  }
}

/** What becomes of one contract. */
export async function rowOf(
  { contract, subject, text }: ContractSchema,
  registry: Registry,
  isDry: boolean,
): Promise<Row> {
  const row = { contract, subject, version: null, id: null, reasons: [] };
  let isFirst = true;
  // Also an older one: rules that go back go back to theirs, and a registry makes no new version of it.
  for await (const { version, id, text: theirs } of registry.versions(subject)) {
    if (sameJson(theirs, text)) return { ...row, outcome: 'unchanged', version, id };
    isFirst = false;
  }
  if (isDry) {
    const verdict = isFirst ? null : await registry.verdict(subject, text);
    return verdict === null || verdict.isCompatible
      ? { ...row, outcome: 'would be registered' }
      : { ...row, outcome: 'refused', reasons: verdict.reasons };
  }
  try {
    await registry.register(subject, text);
  } catch (error) {
    if (!(error instanceof DragomanError) || error.code !== 'SCHEMA_INCOMPATIBLE') throw error;
    return { ...row, outcome: 'refused', reasons: [`${error.code}: ${error.message}`] };
  }
  const now = await registry.latest(subject);
  return { ...row, outcome: 'registered', version: now?.version ?? null, id: now?.id ?? null };
}

function rowText({ contract, subject, outcome, version, id, reasons }: Row): string {
  const place = version === null ? '' : ` (version ${version}, id ${id})`;
  return [`${contract}: ${outcome} as ${subject}${place}`, ...reasons.map((reason) => `  ${reason}`)].join('\n');
}
