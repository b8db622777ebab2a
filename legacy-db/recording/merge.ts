/**
 * One order in which a consumer could have seen the records: partitions merged by timestamp, order inside a partition
 * kept, ties between partitions broken by a seeded choice. Pure.
 */
import { Random } from '../workload/random.js';
import type { RecordedLine } from './consume.js';

export function mergePartitions(lines: readonly RecordedLine[], seed: number): RecordedLine[] {
  const random = new Random(seed, 0);
  const partitions = new Map<string, RecordedLine[]>();
  for (const line of lines) {
    const place = `${line.topic}/${line.partition}`;
    const queue = partitions.get(place);
    if (queue === undefined) partitions.set(place, [line]);
    else queue.push(line);
  }
  const queues = [...partitions.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, queue]) => sorted(queue));
  const merged: RecordedLine[] = [];
  for (let left = lines.length; left > 0; left -= 1) {
    const first = Math.min(...queues.map((queue) => queue[0]?.timestamp ?? Infinity));
    const next = random.pick(queues.filter((queue) => queue[0]?.timestamp === first)).shift();
    if (next !== undefined) merged.push(next);
  }
  return merged;
}

function sorted(queue: readonly RecordedLine[]): RecordedLine[] {
  return [...queue].sort((a, b) => a.offset - b.offset);
}
