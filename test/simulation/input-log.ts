/**
 * The input topics of a history: what the connector has written, and how much of each partition `read_committed` readers see. The parts
 * of one Kafka transaction of the connector become visible partition by partition.
 */
import { chosen } from '../support/choices.js';
import type { Log } from '../support/history/log.js';
import type { RecordedRecord } from '../support/recordings.js';
import type { Cluster } from './kafka/cluster.js';
import type { World } from './world.js';

export class InputLog {
  readonly partitions: readonly string[];
  /** Everything is written and visible. */
  isComplete = false;
  readonly #cluster: Cluster;

  constructor(cluster: Cluster, partitions: Iterable<string>) {
    this.#cluster = cluster;
    this.partitions = [...partitions];
    for (const name of this.partitions) cluster.log(name).holdBack(0);
  }

  /** The connector writes the log within so long, in the steps in which it became visible. */
  feed(world: World, log: Log, withinMs: number): void {
    const times = log.visible.map(() => world.random() * withinMs).sort((a, b) => a - b);
    let from = 0;
    log.visible.forEach((to, i) => {
      const records = log.records.slice(from, to);
      from = to;
      world.after(times[i]!, () => this.#write(world, records, to === log.records.length));
    });
    if (log.records.length === 0) this.isComplete = true;
  }

  #write(world: World, records: readonly RecordedRecord[], isLast: boolean): void {
    const touched = new Set<string>();
    for (const record of records) {
      const name = `${record.topic}/${record.partition}`;
      if (!this.partitions.includes(name)) continue;
      const { key, value, headers, offset } = record;
      this.#cluster.append(name, { key, value, headers: headers as Record<string, string> }, offset);
      touched.add(name);
    }
    world.note('connector', `wrote ${records.length} records`);
    let missing = touched.size;
    if (missing === 0 && isLast) this.isComplete = true;
    for (const name of touched) {
      const { end } = this.#cluster.log(name);
      world.after(world.random() * chosen(world.random, [1, 50, 2_000]), () => {
        this.#cluster.log(name).holdBack(end);
        missing -= 1;
        if (missing === 0 && isLast) this.isComplete = true;
      });
    }
  }
}
