/** What a team that reads events gets with the kit: a few small files, and none of the engine. */
import { describe, expect, it } from 'vitest';
import { loadedBy } from '../../support/project/loaded.js';

describe('dragoman/consumer', () => {
  it('loads its own folder, words that it shares with Dragoman, and one package', async () => {
    const { files, packages } = await loadedBy('src/consumer/index.ts');
    expect(files.filter((file) => !file.startsWith('src/consumer/')).toSorted()).toEqual([
      'src/contracts/published.ts',
      'src/domain/event-id.ts',
      'src/domain/integration-event.ts',
      'src/domain/json-text.ts',
      'src/domain/repair/headers.ts',
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
