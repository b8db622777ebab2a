/** How commands end: 0 ok, 1 internal, 2 usage, 3 findings, 5 dependency unreachable, 6 refused. */
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { endWithPipe, exitCodeOf } from '../../../src/cli/exit.js';
import { DragomanError, ERRORS, type ErrorCode } from '../../../src/errors.js';
import { FROM_SOURCES } from '../../dragoman/command.js';
import { run } from '../../support/command.js';

const codes = Object.keys(ERRORS) as ErrorCode[];

describe('an error', () => {
  it.each(codes)('%s ends with the code of what to do about it', (code) => {
    const error = new DragomanError(code, 'x');
    const usage = ['CONFIG_INVALID', 'RECORDING_INVALID', 'CONSUMER_FILE_INVALID', 'COMMAND_INVALID'].includes(code);
    const wanted = usage
      ? 2
      : code === 'PARITY_GATE'
        ? 3
        : { retry: 5, refuse: 6, fenced: 1, corrupt: 1, fatal: 1 }[error.disposition];
    expect(exitCodeOf(error)).toBe(wanted);
  });

  it('that is not ours is internal', () => {
    expect([exitCodeOf(new TypeError('x')), exitCodeOf('x')]).toEqual([1, 1]);
  });
});

describe('the command line', () => {
  it.each([
    [['translat', 'x'], /Did you mean translate/],
    [['check', '--jsn'], /Did you mean --json/],
    [['translate'], /missing required argument 'recording'/],
    [['topics', '--unknown'], /unknown option/],
  ])('%j is usage, with a suggestion on stderr and nothing on stdout', async (argv, text) => {
    const { code, out, err } = await run(argv);
    expect([code, out]).toEqual([2, []]);
    expect(err).toMatch(text);
  });

  it.each([[['--help']], [['run', '--help']], [['--version']]])('%j is ok', async (argv) => {
    expect((await run(argv)).code).toBe(0);
  });

  it('a config that is not valid is usage; nothing is contacted', async () => {
    const { code, err } = await run(['topics'], { DRAGOMAN_HTTP_PORT: 'many' });
    expect(code).toBe(2);
    expect(err).toContain('CONFIG_INVALID');
    expect(err).toContain('DRAGOMAN_HTTP_PORT');
  });

  it('a Kafka that does not answer is unreachable', async () => {
    const pipelines = '{"orders":{"sources":[{"name":"legacy"}]}}';
    const env = { DRAGOMAN_KAFKA_BROKERS: '127.0.0.1:1', DRAGOMAN_PIPELINES: pipelines };
    const { code, err, out } = await run(['topics', '--verify'], env);
    expect([code, out]).toEqual([5, []]);
    expect(err).toContain('KAFKA_UNAVAILABLE');
    expect(err).toContain('Kafka cannot be reached');
  });
});

describe('a reader that has had enough', () => {
  it.each([
    ['translate', 'test/recordings/postgres/01-lifecycle.ndjson'],
    ['config', 'print'],
    ['config', 'print', '--json'],
    ['drift', 'test/recordings/postgres/01-lifecycle.ndjson', '--json'],
  ])(
    'ends %s %s quietly',
    async (...argv) => {
      const child = spawn(process.execPath, [...FROM_SOURCES, ...argv]);
      child.stdout.destroy();
      let err = '';
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
      await once(child, 'close');
      expect(err).not.toMatch(/EPIPE|INTERNAL/);
      expect(child.exitCode).toBe(141);
    },
    60_000,
  );

  it('is no other error of a stream', () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    const stream = new EventEmitter();
    endWithPipe([stream]);
    expect(() => stream.emit('error', Object.assign(new Error('no room'), { code: 'ENOSPC' }))).toThrow('no room');
    expect(exit).not.toHaveBeenCalled();
    exit.mockRestore();
  });
});
