/** Rules of a scenario, which take those of the retailer and say more. */
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectDirectory } from '../../stack/directories.js';

/** Rules are one folder. @param name of the scenario's own file. @returns the folder. */
export async function layRules(directory: string, name: string): Promise<string> {
  const [root, own] = [join(directory, 'rules'), `test/e2e/scenarios/${name}`];
  await cp(join(projectDirectory, 'rules'), join(root, 'rules'), { recursive: true });
  await cp(join(projectDirectory, `${own}.ts`), join(root, `${own}.ts`));
  await writeFile(join(root, 'index.ts'), `export { default } from './${own}.js';\n`);
  return root;
}
