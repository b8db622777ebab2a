/** Rules that a scenario takes into use again are the same, as they are for a pipeline: a digest is one set of rules. */
import { expect, it } from 'vitest';
import { EMPTY_STATE } from '../../../src/domain/state/aggregate-state.js';
import { RulesInUse, type TestedRules } from '../../../src/testing/rules-in-use.js';
import { type Version, versionOf } from '../../support/pipeline/versions.js';

const tested = ({ rules }: Version): TestedRules => ({ rules, watch: (run) => run(), step: (run) => run() });
const begun = { ...EMPTY_STATE, rows: { 'oms.hdr': { 1: {} } }, rules: 'test' };

it('what keeps them is decided by them again, though nothing was kept meanwhile', () => {
  const [a, b] = [tested(versionOf('a')), tested(versionOf('b', { pin: false }))];
  const inUse = new RulesInUse(a);
  inUse.changed({ aggregate: 'order', id: '1' }, undefined, begun);
  inUse.change(b);
  expect([inUse.settings.digest, inUse.settings.pins?.of('order', begun)]).toEqual(['test-2', null]);
  inUse.change(a);
  expect([inUse.settings.digest, inUse.settings.pins?.of('order', begun)]).toEqual(['test', null]);
  expect(inUse.rules).toBe(a.rules);
  inUse.change(tested(versionOf('c')));
  expect([inUse.settings.digest, inUse.settings.pins?.of('order', begun)?.digest]).toEqual(['test-3', 'test']);
});
