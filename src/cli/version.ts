import { readFileSync } from 'node:fs';

/** The package's version; from `src/` and from `dist/src/` the manifest is found by walking up. */
export const version: string = find(new URL('.', import.meta.url));

function find(folder: URL): string {
  try {
    const manifest = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as {
      name?: string;
      version?: string;
    };
    if (manifest.name === 'dragoman' && manifest.version !== undefined) return manifest.version;
  } catch {
    // Not here: one folder up.
  }
  const parent = new URL('..', folder);
  return parent.href === folder.href ? '0.0.0' : find(parent);
}
