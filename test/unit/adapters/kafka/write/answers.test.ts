/** Offsets in the answers of brokers, held against the predicted ones. */
import { describe, expect, it } from 'vitest';
import { Answers } from '../../../../../src/adapters/kafka/write/answers.js';

const answer = (partition: string, baseOffset: number, records: number, appendedMs: number | null = null) => ({
  partition,
  baseOffset,
  records,
  appendedMs,
});

describe('answers of one Kafka transaction', () => {
  it('are as predicted over several sends, and its end takes one offset more', () => {
    const answers = new Answers(new Map([['state/0', 5]]));
    answers.take(answer('state/0', 5, 3));
    answers.take(answer('state/0', 8, 1));
    expect(answers.nextOf('state/0')).toBe(10);
    expect(answers.nextOf('state/1')).toBeNull();
  });

  it.each([
    ['in the first send', [answer('state/0', 6, 1)], 5, 6],
    ['before it', [answer('state/0', 4, 1)], 5, 4],
    ['in a later send', [answer('state/0', 5, 2), answer('state/0', 8, 1)], 7, 8],
  ])('that are others %s are refused', (_, given, expected, found) => {
    const answers = new Answers(new Map([['state/0', 5]]));
    expect(() => given.forEach((one) => answers.take(one))).toThrow(
      expect.objectContaining({ code: 'COMMIT_UNCERTAIN', details: { partition: 'state/0', expected, found } }),
    );
  });

  it('of partitions that nobody predicts may be anything', () => {
    const answers = new Answers(new Map());
    answers.take(answer('events/0', 17, 1));
    answers.take(answer('events/0', 40, 1));
    expect(answers.nextOf('events/0')).toBe(42);
  });

  it('tell the time of the last append, where a topic has it', () => {
    const answers = new Answers(new Map());
    answers.take(answer('events/0', 0, 1));
    expect(answers.appendedMs).toBeNull();
    answers.take(answer('state/0', 0, 1, 2_000));
    answers.take(answer('journal/0', 0, 1, 1_000));
    expect(answers.appendedMs).toBe(2_000);
  });
});
