/** The retailer's rules, and a new service that is to take over what they publish, by market: on trial, and compared. */
import { capability, ruleSet } from 'dragoman/rules';
import retailer from '../../../rules/index.js';

const COMPARED = {
  within: '1 minute',
  ignored: ['currency'],
  numbers: { 'lines[].unitPrice': '0.01', amount: 0.01 },
  times: { releasedAt: '1 minute', requestedAt: '1 minute' },
  gate: { equal: 99, pairs: 50, over: '1 hour', behind: '5 minutes' },
};

const fulfilment = capability('fulfilment', {
  contracts: retailer.publications.map(({ contract }) => contract),
  by: { market: ['DE', 'FR', 'IE', 'IT', 'PL'] },
  parity: COMPARED,
});

export default ruleSet({
  aggregates: retailer.aggregates,
  facts: retailer.facts,
  publications: retailer.publications,
  capabilities: [fulfilment],
});
