/** What somebody gets who imports a kit: its files and packages, found by a bundler. */
import { build } from 'esbuild';

export async function loadedBy(entry: string): Promise<{ files: string[]; packages: string[] }> {
  const { metafile } = await build({
    ...{ entryPoints: [entry], bundle: true, write: false, metafile: true, packages: 'external' },
    ...{ format: 'esm', platform: 'node', logLevel: 'silent' },
  });
  const inputs = Object.values(metafile.inputs).flatMap(({ imports }) => imports);
  return {
    files: Object.keys(metafile.inputs),
    packages: [...new Set(inputs.filter(({ external }) => external === true).map(({ path }) => path))],
  };
}
