/** Lines of data are lines, and nothing that a terminal obeys, whatever stands in the rows of somebody. */
import { afterEach, expect, it, vi } from 'vitest';
import { print } from '../../../src/cli/exit.js';

afterEach(() => vi.restoreAllMocks());

async function printed(line: string): Promise<string> {
  let text = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  await print(line);
  return text;
}

it('shows control characters instead of sending them', async () => {
  const escape = String.fromCharCode(0x1b);
  const line = `order ${escape}[2J${escape}]0;taken${String.fromCharCode(7)}\r\nfalse line${String.fromCharCode(0x9b)}1m\tend`;
  expect(await printed(line)).toBe('order \\u001b[2J\\u001b]0;taken\\u0007\\u000d\\u000afalse line\\u009b1m\tend\n');
});

it('leaves JSON what it is', async () => {
  const value = { id: `7${String.fromCharCode(0x7f)}${String.fromCharCode(0x85)}`, text: 'é\n“x” 😀' };
  const text = await printed(JSON.stringify(value));
  expect(JSON.parse(text)).toEqual(value);
  expect(text).toContain('é');
});
