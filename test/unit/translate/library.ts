/** A small rule set of another trade (a library), with every kind of fact; some tests replace a part of it. */
import { z } from 'zod';
import {
  aggregate,
  contract,
  legacy,
  many,
  one,
  publish,
  ruleSet,
  table,
  type Publication,
} from '../../../src/rules/index.js';
import type { InterventionDefinition } from '../../../src/rules/interventions/intervention.js';
import type { OriginDefinition } from '../../../src/rules/origins/origin.js';
import { compileRuleSet } from '../../../src/rules/compile.js';

export const loanTable = table('l.loan', {
  key: ['id'],
  columns: {
    id: legacy.bigint(),
    status: legacy.code({ O: 'open', C: 'closed' }),
    reader: legacy.text().nullable().personal(),
    pin: legacy.text().nullable().secret(),
    remarks: legacy.text().nullable(),
  },
});
export const bookTable = table('l.book', {
  key: ['id', 'no'],
  columns: { id: legacy.bigint(), no: legacy.integer(), lost: legacy.boolean(), tags: legacy.json().nullable() },
});

export const loan = aggregate(
  'loan',
  { head: one(loanTable, (row) => row.id), books: many(bookTable, (row) => row.id) },
  { context: { country: () => 'DE' } },
);

export const closed = loan.milestone('LoanClosed', {
  importance: 'normal',
  when: {
    'loan is closed': (o) => o.head?.status === 'closed',
    'nothing is remarked': (o) => o.head?.remarks === null,
  },
  data: (o) => ({ books: o.books.map((book) => book.no) }),
});
export const emptied = loan.milestone('LoanEmptied', {
  importance: 'low',
  when: { 'no book is left': (o) => o.head !== undefined && o.books.length === 0 },
  data: () => ({}),
  repeatable: true,
});
export const added = loan.each('books').inserted('BookAdded', {
  importance: 'low',
  when: { 'book is not lost': (book) => !book.lost },
  data: (_, book) => ({ no: book.no }),
});
export const removed = loan.each('books').deleted('BookRemoved', {
  importance: 'low',
  data: (_, book) => ({ no: book.no }),
});
export const lost = loan.each('books').became('BookLost', {
  importance: 'high',
  when: { 'book is lost': (book) => book.lost },
  data: (_, book) => ({ no: book.no }),
});

const prose = { owner: 'library', meaning: 'It is so.', certainty: 'Once.', notSentWhen: 'It is not so.' };
const bookData = z.object({ no: z.int().max(99) });
export const bookLostV1 = contract('BookLost', 1, {
  ...{ ...prose, topic: 'library.events', key: 'loanId' },
  data: bookData,
  example: { no: 1 },
});
export const bookLostV2 = contract('BookLost', 2, {
  ...{ ...prose, topic: 'library.events', key: 'loanId' },
  data: z.object({ number: z.int(), at: z.string() }),
  example: { number: 1, at: '2026-01-01T00:00:00Z' },
  occurredAt: ({ at }) => at,
});
export const closedV1 = contract('LoanClosed', 1, {
  ...{ ...prose, topic: 'library.loans', key: 'loanId' },
  data: z.object({ books: z.array(z.int()) }),
  example: { books: [1] },
});
export const emptiedV1 = contract('LoanEmptied', 1, {
  ...{ ...prose, topic: 'library.loans', key: 'loanId' },
  data: z.object({}),
  example: {},
});

export const PUBLICATIONS: readonly Publication[] = [
  publish(closed).as(closedV1, ({ data }) => data),
  publish(emptied).as(emptiedV1, ({ data }) => data),
  publish(lost).as(bookLostV1, ({ data }, { withhold }) => (data.no === 13 ? withhold('nobody asks for it') : data)),
  publish(lost).as(bookLostV2, ({ data }) => ({ number: data.no, at: '2026-01-02T03:04:05Z' })),
];

export const library = (
  parts: {
    facts?: readonly Publication['fact'][];
    publications?: readonly Publication[];
    interventions?: readonly InterventionDefinition[];
    origins?: readonly OriginDefinition[];
  } = {},
) =>
  compileRuleSet(
    ruleSet({
      aggregates: [loan],
      facts: parts.facts ?? [closed, emptied, added, removed, lost],
      publications: parts.publications ?? PUBLICATIONS,
      interventions: parts.interventions ?? [],
      origins: parts.origins ?? [],
    }),
  );
