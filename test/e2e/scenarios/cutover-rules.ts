/** The retailer's rules, of which a new order service takes over market by market. Orders say by their channel where they were born. */
import { capability, ruleSet } from 'dragoman/rules';
import retailer from '../../../rules/index.js';

interface Headed {
  readonly header?: { readonly chnl_cd: string | null };
}

/** What is not said to be the service's is legacy's, wherever its route is: there is a moment between a move and the first order of the service. */
const bornIn = ({ header }: Headed): 'service' | 'legacy' | null =>
  header === undefined ? null : header.chnl_cd === 'NEXT' ? 'service' : 'legacy';

export default ruleSet({
  aggregates: retailer.aggregates.map((aggregate) => ({ ...aggregate, bornIn })),
  facts: retailer.facts,
  publications: retailer.publications,
  capabilities: [
    capability('fulfilment', {
      contracts: retailer.publications.map(({ contract }) => contract),
      by: { market: ['DE', 'FR', 'IE', 'IT', 'PL', 'SE'] },
    }),
  ],
});
