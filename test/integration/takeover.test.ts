/** Two instances of one namespace on the real stack: when the owner goes, the other takes over, and the events stay right. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Cleanup } from '../e2e/cleanup.js';
import { NO_DIFFERENCES } from '../e2e/compare.js';
import { runTakeovers, type Departure, type Takeover, type TakeoverResult } from '../e2e/run-takeover.js';
import { SESSION_TIMEOUT_MS } from '../e2e/scene.js';
import { attachStack } from '../stack/stack.js';

const KILLED_MAX_MS = 2 * SESSION_TIMEOUT_MS + 5_000;
const STOPPED_MAX_MS = 3_000;

const cleanup = new Cleanup();
const directory = await mkdtemp(join(tmpdir(), 'dragoman-takeover-'));
let result: TakeoverResult;

beforeAll(async () => {
  const stack = await attachStack(inject('stackFile'));
  const departures: readonly Departure[] = ['kill -9', 'SIGTERM'];
  result = await runTakeovers(
    { connections: 4, seed: 12, rate: 160, departures },
    { stack: stack!, directory, cleanup, stackGoesToo: false, say: (line) => console.error(`takeover: ${line}`) },
  );
});

afterAll(async () => {
  await cleanup.run();
  await rm(directory, { recursive: true });
});

const after = (departure: Departure): Takeover => result.takeovers.find(({ by }) => by === departure)!;

describe('a second instance', () => {
  it('takes over from one that was killed, when the group misses its heartbeats', () => {
    expect(after('kill -9').nextEventAfterMs).toBeLessThan(KILLED_MAX_MS);
  });

  it('takes over at once from one that stops in good order', () => {
    expect(after('SIGTERM').runningAfterMs).toBeLessThan(STOPPED_MAX_MS);
  });

  it('goes on where the first one was: the events are exactly those of the oracle', () => {
    expect(result.caughtUp).toBe(true);
    expect(result.verdict.differences).toEqual(NO_DIFFERENCES);
    expect(result.verdict.parkedDifferently).toEqual([]);
    expect(result.verdict.committed).toHaveLength(result.verdict.expected.length);
  });
});
