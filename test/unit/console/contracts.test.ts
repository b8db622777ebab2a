/** The pages of contracts say which of them go, until when, and what comes instead. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadRules } from '../../../src/adapters/files/rules-loader.js';
import { contractNow, contractsNow } from '../../../src/cli/console/contracts.js';
import { contractOneSchema } from '../../../src/console/answers/contracts.js';
import { contractContent, contractsContent } from '../../../src/console/pages/contracts.js';
import { PublishedWatch } from '../../../src/console/watch/published-watch.js';
import type { CompiledRules } from '../../../src/rules/compile.js';
import type { PromiseOptions } from '../../../src/rules/contracts/promise.js';
import { projectDirectory } from '../../stack/directories.js';

const published = new PublishedWatch([], () => Date.parse('2026-11-30'));
const SAID: Readonly<Record<string, PromiseOptions>> = {
  RefundInitiated: { sunset: '2027-03-01', replacedBy: 'OrderAcceptedForFulfillment.v1' },
  OrderCancellationAccepted: { stability: 'experimental' },
  OrderReleasedToWarehouse: { stability: 'deprecated' },
};

let rules: CompiledRules;
beforeAll(async () => {
  const loaded = await loadRules(join(projectDirectory, 'rules'), (set) => ({
    ...set,
    publications: set.publications.map(({ contract, ...of }) => ({
      ...{ ...of, contract: { ...contract, ...SAID[contract.name] } },
    })),
  }));
  ({ rules } = loaded);
});

describe('the page of a contract', () => {
  it.each([
    [
      'RefundInitiated',
      /class="notice bad">Deprecated: from 2027-03-01 on \(UTC\) it may not be sent any more\. OrderAccepted/,
    ],
    ['OrderReleasedToWarehouse', /class="notice bad">Deprecated: it goes, and nobody said when\.</],
    ['OrderCancellationAccepted', /class="notice note">Experimental: it may change without notice\.</],
  ])('says of %s that it may go', (event, expected) => {
    const one = contractNow({ event, version: 1 }, { rules, typePrefix: '' }, published);
    expect(contractOneSchema.parse(one)).toEqual(one);
    expect(contractContent(one, 'not known').text).toMatch(expected);
  });

  it('says nothing of one that stays', () => {
    const one = contractNow({ event: 'OrderAcceptedForFulfillment', version: 1 }, { rules, typePrefix: '' }, published);
    expect(contractContent(one, 'not known').text).not.toMatch(/Deprecated|Experimental/);
  });
});

it('the list says how each stands, where that is not stable', () => {
  const { text } = contractsContent(contractsNow(rules, published));
  expect(text.match(/v1, (deprecated|experimental)/g)).toEqual([
    'v1, deprecated',
    'v1, experimental',
    'v1, deprecated',
  ]);
});
