/** "Why" asked of a pipeline in memory: what its log and its store have, and for the rest what a test says. */
import { nowIn, RecordedReads } from '../../../src/cli/why/outside/recorded.js';
import { keptIn, statesIn } from '../../../src/cli/why/outside/stored.js';
import { type Answer, answerSchema, type FactAnswer } from '../../../src/why/answer.js';
import type { Outside } from '../../../src/why/outside.js';
import type { Question } from '../../../src/why/question.js';
import { why, type WhySettings } from '../../../src/why/why.js';
import type { Rig } from '../rig.js';

export const outsideOf = (rig: Rig, changes: Partial<Outside> = {}): Outside => {
  const { topics, rules } = rig.settings();
  const inputs = rig.log.topics.filter((topic) => topic.startsWith('legacy.'));
  return {
    ...new RecordedReads(rig.log, topics, rules).reads('orders'),
    states: (_, names) => statesIn(rig.store, names),
    kept: (ref, state) => keptIn(rig.store, rig.settings(), ref, state),
    now: () => Promise.resolve(nowIn(rig.log, topics, inputs, rules)),
    held: () => Promise.resolve({ held: [] }),
    ...changes,
  };
};

export const settingsOf = (rig: Rig): WhySettings => {
  const { rules, translate, qualifier, watch } = rig.settings();
  return { rules, digest: translate.digest, qualifier, watch };
};

/** As it is said: what is not in the schema fails. */
export async function asked(
  rig: Rig,
  question: Omit<Question, 'aggregate'> & Partial<Question>,
  changes: Partial<Outside> = {},
  settings: Partial<WhySettings> = {},
): Promise<Answer> {
  const answer = await why({ aggregate: 'order', ...question }, outsideOf(rig, changes), {
    ...settingsOf(rig),
    ...settings,
  });
  return answerSchema.parse(JSON.parse(JSON.stringify(answer)));
}

export function factIn({ facts }: Answer, name: string): FactAnswer {
  const fact = facts.find((each) => each.fact === name);
  if (fact === undefined) throw new Error(`${name} is not in the answer`);
  return fact;
}
