/** The policy for what reading cannot complete: with shards the first one sends a command over what is held, and over nothing else. */
import { expect, it } from 'vitest';
import type { SourceInput } from '../../../../src/pipeline/read/input.js';
import { Quarantine } from '../../../../src/pipeline/read/quarantine.js';

interface Held {
  readonly transaction: string;
  code: string;
}

const held = (transaction: string): Held => ({ transaction, code: 'TRANSACTION_TOO_LARGE' });
const inputsOf = (allHeld: Held[]): SourceInput[] => [
  { name: 'legacy', quarantineAfterMs: 10, sequencer: { allHeld } } as unknown as SourceInput,
];
const overdueIn = (quarantine: Quarantine): string[] =>
  quarantine.takeOverdue().map(({ transaction, heldMs }) => `${transaction} for ${heldMs}`);

it('no command is sent over a transaction that was decided over, or went on whole, after it was found overdue', () => {
  const all = [held('7'), held('8')];
  const [quarantine, inputs] = [new Quarantine({ index: 0, count: 2 }), inputsOf(all)];
  quarantine.apply(inputs, 0);
  expect(quarantine.apply(inputs, 10)).toBe(true);
  all.shift();
  expect(overdueIn(quarantine)).toEqual(['8 for 10']);
  expect(overdueIn(quarantine)).toEqual([]);
});

it('one that is held for something else then is decided over again, after as long', () => {
  const one = held('7');
  const [quarantine, inputs] = [new Quarantine({ index: 0, count: 2 }), inputsOf([one])];
  for (const nowMs of [0, 10]) quarantine.apply(inputs, nowMs);
  expect(overdueIn(quarantine)).toEqual(['7 for 10']);
  expect(quarantine.apply(inputs, 11)).toBe(false);
  one.code = 'TRANSACTION_INCOMPLETE';
  expect(quarantine.apply(inputs, 12)).toBe(false);
  expect(quarantine.apply(inputs, 22)).toBe(true);
  expect(overdueIn(quarantine)).toEqual(['7 for 10']);
});

it('no command is sent over a gap, which only a person lets pass', () => {
  const [quarantine, inputs] = [
    new Quarantine({ index: 0, count: 2 }),
    inputsOf([{ transaction: '7', code: 'SOURCE_GAP' }]),
  ];
  for (const nowMs of [0, 10]) expect(quarantine.apply(inputs, nowMs)).toBe(false);
  expect(overdueIn(quarantine)).toEqual([]);
});
