/**
 * The whole pipeline on the real stack, the short version of `npm run e2e`: orders live in PostgreSQL while Dragoman is killed
 * and Redis is emptied; afterwards the committed events are exactly those of the oracle, each once, in order, field by field.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Cleanup } from '../e2e/cleanup.js';
import { NO_DIFFERENCES } from '../e2e/compare.js';
import { runWithFaults, type RunResult } from '../e2e/run-faults.js';
import { attachStack } from '../stack/stack.js';

const cleanup = new Cleanup();
const directory = await mkdtemp(join(tmpdir(), 'dragoman-pipeline-'));
let result: RunResult;

beforeAll(async () => {
  const stack = await attachStack(inject('stackFile'));
  const options = {
    connections: 4,
    seed: 11,
    rate: 220,
    keyChanges: true,
    faults: [],
    roundsMin: 0,
    baselineMs: 1_500,
    plan: [
      { kind: 'dragoman', afterMs: 3_000 },
      { kind: 'flush', afterMs: 8_000 },
    ] as const,
  };
  result = await runWithFaults(options, {
    stack: stack!,
    directory,
    cleanup,
    stackGoesToo: false,
    say: () => undefined,
  });
});

afterAll(async () => {
  await cleanup.run();
  await rm(directory, { recursive: true });
});

describe('the pipeline, killed twice in a row and robbed of Redis once', () => {
  it('publishes what the oracle expects and nothing else, once, in order, with the right content', () => {
    expect(result.verdict.expected.length).toBeGreaterThan(200);
    expect(result.verdict.differences).toEqual(NO_DIFFERENCES);
    expect(result.verdict.committed).toHaveLength(result.verdict.expected.length);
  });

  it('parks the orders whose number changed, and no other', () => {
    expect(result.verdict.parkedDifferently).toEqual([]);
  });

  it('was really killed and really robbed, and restored Redis from the journal', () => {
    expect(result.faults).toMatchObject({ dragoman: 2, flush: 1 });
    expect(result.baselineOrders).toBeGreaterThan(0);
    expect(result.dragoman.starts).toBe(3);
    expect(result.dragoman.restoresWhole).toBeGreaterThanOrEqual(1);
  });

  it('catches up, and ends cleanly when told to', () => {
    expect(result.caughtUp).toBe(true);
    expect(result.dragoman.ownEnds).toEqual([]);
    expect(result.stopCode).toBe(0);
  });
});
