/** The answer on the page is the one that is given. */
import { expect, it } from 'vitest';
import { run } from '../../support/command.js';
import { blocksOf } from '../../support/docs/page.js';

it('the answer on the page is what its command says', async () => {
  const blocks = blocksOf('why.md');
  const at = blocks.findIndex(({ language }) => language === 'text');
  const command = blocks[at - 1]?.text.trim().split(' ').slice(1) ?? [];
  const { code, out } = await run([...command, '--rules', 'rules']);
  expect(code).toBe(0);
  expect(`${out.join('\n')}\n`).toBe(blocks[at]?.text);
});
