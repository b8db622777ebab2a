/** What a team that reads events gets with the kit: a few small files, and none of the engine. */
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const loadedBy = async (entry: string): Promise<{ files: string[]; packages: string[] }> => {
  const { metafile } = await build({
    ...{ entryPoints: [entry], bundle: true, write: false, metafile: true, packages: 'external' },
    ...{ format: 'esm', platform: 'node', logLevel: 'silent' },
  });
  const inputs = Object.values(metafile.inputs).flatMap(({ imports }) => imports);
  return {
    files: Object.keys(metafile.inputs).filter((file) => !file.startsWith('src/consumer/')),
    packages: [...new Set(inputs.filter(({ external }) => external === true).map(({ path }) => path))],
  };
};

describe('dragoman/consumer', () => {
  it('loads its own folder, words that it shares with Dragoman, and one package', async () => {
    const { files, packages } = await loadedBy('src/consumer/index.ts');
    expect(files.toSorted()).toEqual([
      'src/contracts/published.ts',
      'src/domain/event-id.ts',
      'src/domain/integration-event.ts',
      'src/domain/words/dead-letter-headers.ts',
      'src/domain/words/path-text.ts',
      'src/domain/words/shortened.ts',
      'src/errors.ts',
      'src/rules/contracts/field-schema.ts',
      'src/rules/contracts/json-schema.ts',
      'src/rules/contracts/promise.ts',
      'src/rules/values/issue-words.ts',
    ]);
    expect(packages.toSorted()).toEqual(['node:crypto', 'zod']);
  });
});
