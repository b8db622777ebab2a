/** A small set of rules whose contracts a test writes as text: one table, one fact, published under each of them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ContractText {
  readonly name: string;
  readonly version?: number;
  /** Of its fields: `total: z.string()`. */
  readonly fields?: string;
  /** Of its example. */
  readonly example?: string;
  /** Options more: `sunset: '2027-03-01'`. */
  readonly more?: string;
}

const contractText = ({
  name,
  version = 1,
  fields = 'total: z.string()',
  example = "total: '1'",
  more = '',
}: ContractText) =>
  `contract('${name}', ${version}, {
    topic: 'jobs', key: 'jobId', owner: 'jobs team',
    meaning: 'What ${name} says has happened.', certainty: 'It comes once, for good.', notSentWhen: 'It was there before.',
    data: z.object({ ${fields} }), example: { ${example} }, ${more}
  })`;

/** @returns the text of `index.ts`. */
export const rulesText = (contracts: readonly ContractText[]): string => `
import { aggregate, contract, legacy, one, publish, ruleSet, table } from 'dragoman/rules';
import { z } from 'zod';

const job = table('shop.job', {
  key: ['job_no'],
  columns: { job_no: legacy.bigint(), sts_cd: legacy.code({ '10': 'open', '90': 'done' }) },
});
const jobs = aggregate('job', { job: one(job, (row) => row.job_no) });
const done = jobs.milestone('JobDone', {
  importance: 'high',
  when: { 'it is done': (view) => view.job?.sts_cd === 'done' },
  data: (): Record<string, string> => ({}),
});
const contracts = [${contracts.map(contractText).join(',\n')}];

export default ruleSet({
  aggregates: [jobs],
  facts: [done],
  publications: contracts.map((each) => publish(done).as(each, ({ data }) => data as never)),
});
`;

export function writeRules(dir: string, contracts: readonly ContractText[]): void {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'index.ts'), rulesText(contracts));
}
