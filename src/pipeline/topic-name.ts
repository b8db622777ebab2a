/** `topic` of the partition `topic/3`. */
export const topicName = (partition: string): string => partition.slice(0, partition.lastIndexOf('/'));
