/**
 * A backlog with one percent of its row changes made wrong, beside the sound one: the same records in the same places. What must come of
 * it are the events of the orders that were left alone; what comes of the others is not looked at.
 */
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Backlog,
  EXPECTED_FILE,
  expectedEvents,
  findBacklog,
  MANIFEST,
  ORDER_FILE,
  recordsFile,
} from '../backlog/backlog.js';
import { encodeRecord, RecordReader } from '../backlog/record-file.js';
import { BenchError } from '../bench-error.js';
import { say } from '../say.js';
import { orderOf, poisonedRow } from './poison-rows.js';

/** One of so many row changes. */
export const POISON_EVERY = 100;
/** Raised when other poison is made. */
const VERSION = 1;

/** Made once, and kept. @throws BenchError BACKLOG_INVALID */
export async function poisonedBacklog(sound: Backlog): Promise<Backlog> {
  const directory = `${sound.directory}-poison-${VERSION}`;
  const found = await findBacklog(directory);
  if (found !== undefined) return found;
  const partial = `${directory}.${process.pid}.partial`;
  await mkdir(partial, { recursive: true });
  try {
    const { orders, kinds, rows } = await poisonAll(sound, partial);
    await cp(join(sound.directory, ORDER_FILE), join(partial, ORDER_FILE));
    const healthy = expectedEvents(sound).filter(({ orderId }) => !orders.has(orderId));
    await writeFile(join(partial, EXPECTED_FILE), healthy.map((event) => `${JSON.stringify(event)}\n`).join(''));
    const made = { ...sound, directory, poison: { rows, kinds: Object.fromEntries(kinds), orders: [...orders] } };
    await writeFile(join(partial, MANIFEST), JSON.stringify(made));
    await rename(partial, directory).catch(() => undefined); // another run may have been first
    say(`poison: ${rows} of ${sound.rows} row changes, of ${orders.size} orders: ${JSON.stringify(made.poison.kinds)}`);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  const made = await findBacklog(directory);
  if (made === undefined)
    throw new BenchError('BACKLOG_INVALID', `${directory} is not complete; remove it and start again`);
  return made;
}

interface Poisoned {
  readonly orders: Set<string>;
  readonly kinds: Map<string, number>;
  rows: number;
}

async function poisonAll({ directory, partitions, source }: Backlog, target: string): Promise<Poisoned> {
  const done: Poisoned = { orders: new Set(), kinds: new Map(), rows: 0 };
  let changes = 0;
  for (const [number, { topic }] of partitions.entries()) {
    const table = topic.slice(`${source}.oms.`.length);
    const reader = new RecordReader(recordsFile(directory, number));
    const parts: Buffer[] = [];
    try {
      for (let record = reader.next(); record !== null; record = reader.next()) {
        const { key, value } = record;
        const isChange = topic.startsWith(`${source}.oms.`) && value !== null;
        if (isChange) changes += 1;
        const poisoned = isChange && changes % POISON_EVERY === 0 ? poisonedRow(table, value, done.rows) : null;
        parts.push(encodeRecord(poisoned === null ? record : { ...record, value: poisoned.value }));
        if (poisoned === null || value === null) continue;
        done.rows += 1;
        done.orders.add(orderOf(key, value));
        done.kinds.set(poisoned.kind, (done.kinds.get(poisoned.kind) ?? 0) + 1);
      }
    } finally {
      reader.close();
    }
    await writeFile(recordsFile(target, number), Buffer.concat(parts));
  }
  return done;
}
