/** Partitions are named `topic/3` outside this folder. */
export const partitionName = (topic: string, partition: number): string => `${topic}/${partition}`;

export function splitName(name: string): { readonly topic: string; readonly partition: number } {
  const slash = name.lastIndexOf('/');
  return { topic: name.slice(0, slash), partition: Number(name.slice(slash + 1)) };
}

/** Partition names -> the shape in which kafkajs wants topics and partitions. */
export function byTopic(names: Iterable<string>): { topic: string; partitions: number[] }[] {
  const topics = new Map<string, number[]>();
  for (const name of names) {
    const { topic, partition } = splitName(name);
    const known = topics.get(topic);
    if (known === undefined) topics.set(topic, [partition]);
    else known.push(partition);
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }));
}
