/** A progress that knows where the state topic ends now, as if the pipeline had written what stands there. */
import { decodeProgress, encodeProgress, type Progress } from '../../src/pipeline/progress/progress.js';
import { BenchError } from '../bench-error.js';
import { withAdmin } from '../kafka/cluster.js';
import { RawProducer } from '../kafka/raw-producer.js';
import { readValues } from '../kafka/read-events.js';
import { recordBatch } from '../kafka/record-batch.js';

interface Topics {
  readonly state: string;
  readonly progress: string;
}

const KEY = 'progress';

/** @param change of what it says besides. @throws BenchError EVENTS_LATE, BROKER_REFUSED */
export async function writeProgress(
  broker: string,
  { state, progress: topic }: Topics,
  change: (progress: Progress) => Progress = (progress) => progress,
): Promise<void> {
  const records = await readValues(broker, [topic], (record) => record);
  const last = records.filter(({ key }) => key === KEY).at(-1);
  if (last?.value == null) throw new BenchError('EVENTS_LATE', `${topic} has no progress`);
  const progress = change(decodeProgress(last.value));
  const ends = { ...progress.ends, state: await endsOf(broker, state) };
  const value = Buffer.from(encodeProgress({ ...progress, commit: progress.commit + 1, ends }));
  const record = { key: Buffer.from(KEY), value, headers: [], timestampMs: Date.now() };
  const producer = await RawProducer.open(broker);
  try {
    await producer.send([{ topic, partition: 0, batch: recordBatch([record]) }]);
  } finally {
    producer.close();
  }
}

const endsOf = (broker: string, topic: string): Promise<number[]> =>
  withAdmin(broker, async (admin) => {
    const ends: number[] = [];
    for (const { partition, high } of await admin.fetchTopicOffsets(topic)) ends[partition] = Number(high);
    return ends;
  });
