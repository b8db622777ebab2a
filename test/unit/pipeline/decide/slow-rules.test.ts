/** Rules that do not end: they are broken off, their order is parked alone, and everything else goes on (SPEC T9). */
import { describe, expect, it } from 'vitest';
import { ruleWatch } from '../../../../src/adapters/files/rule-watch.js';
import { RuleTooSlow } from '../../../../src/translate/ask.js';
import { outcomes, unparkOf } from '../../../support/pipeline/commands.js';
import { type LifeEnd, Rig } from '../../../support/rig.js';
import {
  hdrRow,
  readyRules,
  type ReadyOrder,
  SmallSource,
  type Spoiled,
} from '../../../support/sources/ready-orders.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

const FOR_MS = 150;
waitsTakeNoTime();

const loop = (): never => {
  for (;;);
};
const expression = (): boolean => /^(x+)+$/.test(`${'x'.repeat(60)}y`);
const isBad = ({ header }: ReadyOrder): boolean => header?.note === 'bad';
const isReady = ({ header }: ReadyOrder): boolean => header?.sts === 'READY';

const RULES: readonly (readonly [where: string, spoiled: Spoiled, told: RegExp])[] = [
  ['a condition', { when: (order) => (isBad(order) ? loop() : isReady(order)) }, /condition ".*" of OrderReady/],
  [
    'an expression',
    { when: (order) => (isBad(order) ? expression() : isReady(order)) },
    /condition ".*" of OrderReady/,
  ],
  ['data', { data: (order) => (isBad(order) ? loop() : { note: 'x' }) }, /data of OrderReady/],
  ['a context', { region: (order) => (isBad(order) ? loop() : null) }, /region in the context of order/],
  ['a publication', { map: ({ data }) => (data.note === 'bad' ? loop() : data) }, /publication of OrderReady/],
];

/** Order 2 is the bad one, in the middle of all. */
function rigOf(spoiled: Spoiled): Rig {
  const source = new SmallSource();
  for (let id = 1; id <= 9; id += 1) source.transaction(hdrRow(String(id), 'READY', id === 2 ? 'bad' : 'n'));
  source.transaction(hdrRow('2', 'READY', 'bad'), hdrRow('10', 'READY'));
  return new Rig(source.records, {
    rules: readyRules(spoiled),
    settings: { watch: ruleWatch(FOR_MS, (forMs) => new RuleTooSlow(forMs)) },
  });
}

describe('rules that do not end', () => {
  it.each(RULES)('in %s park their order', async (_, spoiled, told) => {
    const rig = rigOf(spoiled);
    expect(await rig.live()).toEqual({ kind: 'drained' } satisfies LifeEnd);
    expect(rig.parked()).toEqual({ 'order:2': 'RULE_TOO_SLOW' });
    expect(rig.published().map(({ key }) => key)).toEqual(['1', '3', '4', '5', '6', '7', '8', '9', '10']);
    expect(rig.states().get('order:2')?.parked?.text).toMatch(told);
    expect(rig.deadLetters().length).toBe(1);
  });

  it('let the command be refused that would ask them again', async () => {
    const rig = rigOf({ when: (order) => (isBad(order) ? loop() : isReady(order)) });
    await rig.live();
    rig.command(unparkOf('2'));
    expect(await rig.live()).toEqual({ kind: 'drained' });
    expect(outcomes(rig)).toMatchObject([
      { result: 'refused', text: expect.stringContaining('RULE_TOO_SLOW') as string },
    ]);
    expect(rig.parked()).toEqual({ 'order:2': 'RULE_TOO_SLOW' });
  });
});

describe('the watch', () => {
  const watch = ruleWatch(FOR_MS, (forMs) => new RuleTooSlow(forMs));

  it('hands on what comes of it', () => {
    expect(watch(() => 7)).toBe(7);
    expect(watch(() => watch(() => 8))).toBe(8);
    const own = new TypeError('own');
    expect(() => watch(() => { throw own; })).toThrow(own); // prettier-ignore
  });

  it('breaks off what catches everything, and can be used again', () => {
    const stubborn = (): never => {
      for (;;) {
        try {
          loop();
        } catch {
          // once more
        }
      }
    };
    expect(() => watch(stubborn)).toThrow('more than 0.15 s');
    expect(watch(() => 9)).toBe(9);
  });
});
