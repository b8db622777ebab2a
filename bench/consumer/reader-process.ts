/** A consumer built with the kit, in a process of its own: one row for each event, by one statement for each or for many. Started by consume.ts. */
import pg from 'pg';
import { exported, Inbox, INBOX_SQL, kafkajsRun, on, onBatch, type ReceivedEvent } from '../../src/consumer/index.js';
import type { PublishedContract } from '../../src/contracts/published.js';
import { kafkaOf } from '../kafka/cluster.js';

export type EffectKind = 'each' | 'batch';

export interface ReaderTask {
  readonly broker: string;
  readonly url: string;
  readonly topic: string;
  /** As it is exported. */
  readonly contract: PublishedContract;
  readonly effects: EffectKind;
}

/** By its own clock, so that the first and the last row tell how long it took. */
const TABLE_SQL = `CREATE TABLE IF NOT EXISTS effect (
  key text NOT NULL, sequence integer NOT NULL, event_id uuid NOT NULL, done_at timestamptz NOT NULL DEFAULT clock_timestamp())`;
const ONE = 'INSERT INTO effect (key, sequence, event_id) VALUES ($1, $2, $3)';
const MANY = 'INSERT INTO effect (key, sequence, event_id) SELECT * FROM unnest($1::text[], $2::integer[], $3::uuid[])';

async function read({ broker, url, topic, contract: json, effects }: ReaderTask): Promise<void> {
  const contract = exported(json);
  const pool = new pg.Pool({ connectionString: url });
  await pool.query(`${INBOX_SQL}; ${TABLE_SQL}`);
  const columns = (events: readonly ReceivedEvent[]) => [
    events.map(({ key }) => key),
    events.map(({ sequence }) => sequence),
    events.map(({ id }) => id),
  ];
  const reading =
    effects === 'batch'
      ? onBatch(contract, (events, tx) => tx.query(MANY, columns(events)))
      : on(contract, ({ key, sequence, id }, tx) => tx.query(ONE, [key, sequence, id]));
  const inbox = new Inbox({ consumer: 'bench', reads: [reading] });
  const consumer = kafkaOf(broker).consumer({ groupId: `bench-consumer` });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (payload.restart) return; // a new broker is not yet ready, and kafkajs tries again
    process.stderr.write(`bench: the consumer: ${payload.error.stack ?? payload.error.message}\n`);
    process.exit(1);
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run(kafkajsRun(inbox, pool));
}

process.on('disconnect', () => process.exit());
await read(JSON.parse(process.argv[2] ?? '{}') as ReaderTask);
