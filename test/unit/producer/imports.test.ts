/** What a service gets with the kit: a few small files, and none of the engine. */
import { expect, it } from 'vitest';
import { loadedBy } from '../../support/project/loaded.js';

it('dragoman/producer loads its own folder, parts of the consumer kit, words that it shares with Dragoman, and one package', async () => {
  const { files, packages } = await loadedBy('src/producer/index.ts');
  expect(files.filter((file) => !/^src\/(producer|consumer|domain)\//.test(file)).toSorted()).toEqual([
    'src/contracts/published.ts',
    'src/errors.ts',
    'src/rules/contracts/field-schema.ts',
    'src/rules/contracts/json-schema.ts',
    'src/rules/contracts/promise.ts',
    'src/rules/values/instant.ts',
    'src/rules/values/issue-words.ts',
    'src/translate/own.ts',
    'src/translate/publish/event.ts',
  ]);
  expect(packages.toSorted()).toEqual(['node:crypto', 'node:timers/promises', 'zod']);
});
