/** What is known of a Dragoman that was started: by programs of a line that say what its log would. */
import { afterEach, describe, expect, it } from 'vitest';
import { dragomanCommand } from '../../dragoman/command.js';
import { DragomanProcess } from '../../dragoman/process.js';

const STAYS = 'setInterval(() => undefined, 1_000);';
const line = (fields: object): string =>
  `console.error(${JSON.stringify(JSON.stringify({ time: '2026-01-01T00:00:00.000Z', msg: 'x', level: 'info', ...fields }))});`;

const started: DragomanProcess[] = [];
const start = (...script: string[]): DragomanProcess => {
  const dragoman = new DragomanProcess({ configFile: 'none.yaml', entry: ['-e', script.join('\n'), '--'] });
  started.push(dragoman);
  return dragoman;
};

afterEach(() => Promise.all(started.splice(0).map((dragoman) => dragoman.kill())));

describe('a process of Dragoman', () => {
  it('runs since its log said so, until it ends', async () => {
    const dragoman = start(line({ state: 'running' }), STAYS);
    expect(await dragoman.untilRunning()).toBe(Date.parse('2026-01-01T00:00:00.000Z'));
    expect(await dragoman.stop()).toEqual({ code: null, signal: 'SIGTERM' });
    expect(dragoman.runningSinceMs).toBeUndefined();
    expect(() => dragoman.assertAlive()).not.toThrow();
  });

  it('keeps what is out of order, and its last words for whoever waits in vain', async () => {
    const dragoman = start(line({ level: 'error', msg: 'no broker' }), 'process.exitCode = 5;');
    await expect(dragoman.untilRunning()).rejects.toThrow(
      /NEVER_READY: Dragoman never runs its task and ended with exit code 5; its last words:\n.*no broker/,
    );
    expect(dragoman.troubles.map((text) => (JSON.parse(text) as { msg: string }).msg)).toEqual(['no broker']);
    expect(() => dragoman.assertAlive()).toThrow(/DRAGOMAN_ENDED: exit code 5; its last words:\n.*no broker/);
  });

  it('is given up when it says nothing', async () => {
    await expect(start(STAYS).untilRunning(300)).rejects.toThrow(/NEVER_READY: .* says nothing more for 0.3 s/);
  });
});

describe('a command of Dragoman', () => {
  it('gives its output, or fails with it', async () => {
    const entry = ['-e', 'console.log(process.argv.at(-1)); process.exitCode = Number(process.argv.at(-1));', '--'];
    expect(await dragomanCommand(['check', '0'], { entry })).toEqual({ exitCode: 0, output: '0\n' });
    await expect(dragomanCommand(['check', '3'], { entry })).rejects.toThrow(
      'COMMAND_FAILED: dragoman check 3 ends with 3:\n3',
    );
  });
});
