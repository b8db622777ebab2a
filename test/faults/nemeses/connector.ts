/** Faults of the connector and its worker. What the source sends again has to be noticed and left out. */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { untilConnectorRuns } from '../../e2e/connector-repair.js';
import { createConnector } from '../../stack/connector.js';
import { Offsets } from '../connector-offsets.js';
import type { Arena, FaultStack, Nemesis } from '../nemesis.js';

const NEXT_END_MAX_MS = 90_000;
/** Streamed without exactly-once, before the kill; offsets are stored every 10 s then. */
const PLAIN_MS = 8_000;
/** Streamed, and sent once more. */
const REPEATED_MS = 8_000;

export const killWorker: Nemesis = {
  does: 'kill -9 of the Connect worker, with exactly-once',
  async strike(arena) {
    await killConnect(arena);
    return 1;
  },
};

export const killPlainWorker: Nemesis = {
  does: 'the worker runs without exactly-once and stores its offsets every 10 s only; kill -9, so that it sends again what it had sent',
  async strike(arena) {
    const { stack, scene } = arena;
    const config = (support: string): Promise<void> =>
      createConnector(
        stack.endpoints.connect,
        scene.connector,
        scene.connectorConfig({ 'exactly.once.support': support }),
      );
    await config('requested');
    await restartConnect(arena, { 'exactly.once.source.support': 'disabled', 'offset.flush.interval.ms': '10000' });
    await delay(PLAIN_MS);
    await replaying(arena, () => killConnect(arena));
    await restartConnect(arena, { 'exactly.once.source.support': 'enabled', 'offset.flush.interval.ms': '1000' });
    await config('required');
    await untilStreaming(arena);
    return 1;
  },
};

export const rollBackOffsets: Nemesis = {
  does: "an operator puts the connector's offsets back by some seconds (the slot was kept from moving on), so that it sends all of it again",
  async strike(arena) {
    const { stack, scene } = arena;
    const offsets = new Offsets(stack.endpoints.connect, scene.connector);
    const config = (mode: string): Promise<void> =>
      createConnector(stack.endpoints.connect, scene.connector, scene.connectorConfig({ 'lsn.flush.mode': mode }));
    await config('manual'); // PostgreSQL is told nothing, so the slot stays here
    await untilStreaming(arena);
    const then = await offsets.read();
    await delay(REPEATED_MS);
    await replaying(arena, async () => {
      await offsets.stop();
      await offsets.write(then);
      await offsets.resume();
    });
    await config('connector');
    await untilStreaming(arena);
    return 1;
  },
};

/** Until a transaction comes that never came before. */
async function replaying(arena: Arena, goBack: () => Promise<void>): Promise<void> {
  const { boundaries, say } = arena;
  const { replayed } = boundaries;
  await goBack();
  const { newest } = boundaries;
  await untilStreaming(arena);
  await boundaries.until('a new transaction', () => boundaries.newest > newest, NEXT_END_MAX_MS);
  say(`  ${boundaries.replayed - replayed} transactions were sent again`);
}

async function killConnect(arena: Arena): Promise<void> {
  await arena.stack.kill('connect');
  await arena.stack.start('connect');
  await untilStreaming(arena);
}

/** A worker tells states from before its death, so RUNNING alone proves nothing: new records do. */
async function untilStreaming({ stack, scene, boundaries }: Arena): Promise<void> {
  const deadline = Date.now() + NEXT_END_MAX_MS;
  const before = boundaries.ends;
  do await untilConnectorRuns(stack.endpoints.connect.url, scene.connector);
  while (boundaries.ends === before && Date.now() < deadline && (await delay(250, true)));
}

async function restartConnect(arena: Arena, settings: Readonly<Record<string, string>>): Promise<void> {
  await arena.stack.stop('connect');
  await changeWorker(arena.stack, settings);
  await arena.stack.start('connect');
  await untilStreaming(arena);
}

/** The native worker's own file. */
async function changeWorker({ stateFile }: FaultStack, settings: Readonly<Record<string, string>>): Promise<void> {
  const file = join(dirname(stateFile), 'connect', 'worker.properties');
  const names = Object.keys(settings);
  const lines = (await readFile(file, 'utf8'))
    .split('\n')
    .filter((line) => !names.some((name) => line.startsWith(`${name}=`)));
  await writeFile(
    file,
    [...lines, ...Object.entries(settings).map(([name, value]) => `${name}=${value}`), ''].join('\n'),
  );
}
