import { readFileSync } from 'node:fs';

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** The package's own manifest; from `src/` and from `dist/src/` it is found by walking up. */
export const manifest: Manifest = find(new URL('.', import.meta.url));
export const { version } = manifest;

function find(folder: URL): Manifest {
  try {
    const found = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as Partial<Manifest> & {
      readonly name?: string;
    };
    if (found.name === 'dragoman' && found.version !== undefined)
      return { version: found.version, dependencies: {}, devDependencies: {}, ...found };
  } catch {
    // Not here: one folder up.
  }
  const parent = new URL('..', folder);
  return parent.href === folder.href ? { version: '0.0.0', dependencies: {}, devDependencies: {} } : find(parent);
}
