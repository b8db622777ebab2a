/**
 * The rules of the deployment, which decide the same whatever happens to them: in two editions (the same rules in other words, so
 * another digest), each with and without one more table. One after the other is deployed while orders live.
 */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Scene } from '../e2e/scene.js';

const NOTE = `import { legacy, table } from 'dragoman/rules';

/** Notes on orders; no fact depends on them. */
export const ordNote = table('oms.ord_note', {
  key: ['note_no'],
  columns: { note_no: legacy.bigint(), ord_no: legacy.bigint(), txt: legacy.text().nullable() },
});
`;

export class RuleSets {
  #edition = 0;
  #notes = 0;

  /** @param files config files, by edition and by whether notes are declared. */
  private constructor(private readonly files: readonly (readonly [string, string])[]) {}

  static async write(scene: Scene, directory: string): Promise<RuleSets> {
    const config = async (name: string, ...changes: readonly Change[]): Promise<string> => {
      const rules = join(directory, `rules-${name}`);
      await cp(scene.legacy.rules, rules, { recursive: true });
      for (const change of changes) await change(rules);
      const file = join(directory, `dragoman-${name}.yaml`);
      await scene.writeConfig(file, rules);
      return file;
    };
    return new RuleSets([
      [scene.configFile, await config('notes', declareNotes)],
      [await config('second', reword), await config('second-notes', reword, declareNotes)],
    ]);
  }

  get count(): number {
    return this.files.flat().length;
  }

  /** The other edition. @returns its config file. */
  reworded(): string {
    this.#edition = 1 - this.#edition;
    return this.#current();
  }

  /** With one more table, or without it again. @returns the config file. */
  withOtherTables(): string {
    this.#notes = 1 - this.#notes;
    return this.#current();
  }

  #current(): string {
    return this.files[this.#edition]?.[this.#notes] ?? '';
  }
}

type Change = (rules: string) => Promise<void>;

const reword: Change = (rules) =>
  rewrite(join(rules, 'contracts', 'refund-initiated.v1.ts'), (text) =>
    text.replace("meaning: '", "meaning: 'Second edition. "),
  );

const declareNotes: Change = async (rules) => {
  await writeFile(join(rules, 'tables', 'ord-note.ts'), NOTE);
  await rewrite(join(rules, 'aggregates', 'order.ts'), (text) =>
    text
      .replace('import { ordLine }', "import { ordNote } from '../tables/ord-note.js';\nimport { ordLine }")
      .replace('    payments: many(', '    notes: many(ordNote, (row) => row.ord_no),\n    payments: many('),
  );
};

/** @throws RangeError when the rules are not what this file takes them for. */
async function rewrite(file: string, change: (text: string) => string): Promise<void> {
  const text = await readFile(file, 'utf8');
  const changed = change(text);
  if (changed === text) throw new RangeError(`${file} has no place for the change`);
  await writeFile(file, changed);
}
