/** The progress topic of a pipeline in memory, as a test finds and spoils it. */
import { decodeFootprint, type Footprint } from '../../../src/pipeline/progress/footprint.js';
import { decodeProgress, encodeProgress, type Progress } from '../../../src/pipeline/progress/progress.js';
import type { OutputRecord } from '../../../src/pipeline/ports.js';
import { progressRecord } from '../../../src/pipeline/state/records.js';
import { GROUP, type Rig } from '../rig.js';

export const newestProgress = (rig: Rig): Progress => {
  const records = rig.log.records(`${rig.settings().topics.progress}/0`);
  return decodeProgress(records.findLast(({ key }) => key === 'progress')?.value ?? '');
};

export const newestFootprint = (rig: Rig): Footprint => {
  const records = rig.log.records(`${rig.settings().topics.progress}/0`);
  return decodeFootprint(records.findLast(({ key }) => key === 'footprint')?.value ?? '');
};

/** Writes records as the pipeline's own Kafka transaction would, without its checks. */
export const write = (rig: Rig, ...records: readonly OutputRecord[]): void => {
  rig.log.commit(GROUP, { records, offsets: new Map(), metadata: 'by a test' });
};

export const writeProgress = (rig: Rig, change: (progress: Progress) => Progress): void =>
  write(rig, progressRecord(rig.settings().topics, 'progress', encodeProgress(change(newestProgress(rig)))));

/** What Kafka's tools do to the offsets of the group. */
export function moveOffsets(rig: Rig, change: (offset: number) => number): void {
  const offsets = new Map([...rig.log.committed(GROUP)].map(([partition, { offset }]) => [partition, change(offset)]));
  rig.log.commit(GROUP, { records: [], offsets, metadata: '' });
}
