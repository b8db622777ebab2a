/** The topics that only their pipeline writes (decision 0001), by full name. */
export interface OwnTopics {
  /** What is known, by cell; compacted. */
  readonly state: string;
  /** What was decided; deleted by time. */
  readonly journal: string;
  /** How far everything was done, in one partition; compacted. */
  readonly progress: string;
}

export const ownTopics = ({ state, journal, progress }: OwnTopics): readonly string[] => [state, journal, progress];

/** Keys of the progress topic: how far everything was done, with each commit, and what the pipeline stands on, when that changed. */
export const PROGRESS_KEYS = ['progress', 'footprint'] as const;
export type ProgressKey = (typeof PROGRESS_KEYS)[number];
