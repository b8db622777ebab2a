/** The page of all contracts, by topic. Pure. */
import type { PublishedContract } from '../published.js';
import { compareTexts } from '../../rules/values/compare.js';
import { cardinalityWords, noticeOf } from './contract-page.js';
import { type Cell, type Page, words } from './page.js';

export function indexPage(contracts: readonly PublishedContract[]): Page {
  const topics = [...new Set(contracts.map(({ topic }) => topic))].sort(compareTexts);
  return {
    title: 'Contracts',
    sub: 'Events that other teams may rely on. Each page says what an event means, when it comes, and what to do when something is odd.',
    notice: contracts.length === 0 ? 'The rules publish nothing.' : null,
    sections: topics.map((topic) => ({
      heading: `Topic ${topic}`,
      blocks: [
        {
          kind: 'table',
          heads: ['Event', 'What it means', 'Comes', 'Owner', 'State'],
          rows: contracts.filter((each) => each.topic === topic).map(rowOf),
        },
        ...notices(contracts.filter((each) => each.topic === topic)),
      ],
    })),
  };
}

const rowOf = (contract: PublishedContract): Cell[] => {
  const { name, version, meaning, cardinality, owner, stability } = contract;
  return [
    { to: `${name}.v${version}/page`, text: `${name} v${version}` },
    meaning,
    cardinalityWords(cardinality),
    owner,
    stability,
  ];
};

const notices = (contracts: readonly PublishedContract[]) =>
  contracts.flatMap((contract) => {
    const notice = noticeOf(contract);
    return notice === null ? [] : [words(`${contract.name} v${contract.version}: ${notice}`)];
  });
