/** Topics beside those of contracts that may move: of the same number of partitions, keyed alike. */

/** What Dragoman would have published, of routes in stage `shadow`. */
export const shadowTopic = (topic: string): string => `${topic}.shadow`;

/** What a service tries out before it has a route. */
export const trialTopic = (topic: string): string => `${topic}${TRIAL}`;

const TRIAL = '.trial';

/** Topic of the contract whose trial topic this is; null: it is none. */
export const triedTopic = (topic: string): string | null =>
  topic.endsWith(TRIAL) ? topic.slice(0, -TRIAL.length) : null;
