/** What is written of contracts: accepted by those who read such documents, and no word of an author makes markup of itself. */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { asyncApi } from '../../../../src/contracts/documents/asyncapi.js';
import { contractPage } from '../../../../src/contracts/documents/contract-page.js';
import { eventCatalog } from '../../../../src/contracts/documents/event-catalog.js';
import { htmlPage } from '../../../../src/contracts/documents/html-page.js';
import { indexPage } from '../../../../src/contracts/documents/index-page.js';
import { escaped, markdownPage } from '../../../../src/contracts/documents/markdown.js';
import { typeNameOf, typesText } from '../../../../src/contracts/documents/types-text.js';
import { exportFiles } from '../../../../src/contracts/export-files.js';
import type { PublishedEvent } from '../../../../src/contracts/published-contracts.js';
import { contract, publish } from '../../../../src/rules/index.js';
import { asyncApiProblems } from '../../../support/contracts/async-api.js';
import { publishedOf, publishedWith } from '../../../support/contracts/published.js';
import { typedValue, typeErrors } from '../../../support/contracts/typed.js';
import { placed, placedRules, prose } from '../../../support/sources/placed-orders.js';

const HOSTILE = '<script>alert(1)</script> {process.exit()} **bold** [a](b) | `x` "q" \'s\' & */ <b>';
const node = z.object({
  name: z.string(),
  get nodes() {
    return z.array(node);
  },
});
const rich = z.object({
  node,
  lines: z.array(z.object({ sku: z.string(), price: z.number().nullable() })).min(1),
  reason: z.enum(['a', 'b']),
  either: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('card'), last: z.string() }),
    z.object({ kind: z.literal('cash') }),
  ]),
  prices: z.record(z.string(), z.number()),
  pair: z.tuple([z.string(), z.int()]),
  any: z.any(),
  sums: z.object({ currency: z.string() }).catchall(z.number()),
  short: z.tuple([z.string(), z.int().optional()]),
  'odd name': z.boolean().optional(),
});
const RICH: z.input<typeof rich> = {
  node: { name: 'a', nodes: [{ name: 'b', nodes: [] }] },
  lines: [{ sku: 's', price: null }],
  reason: 'b',
  either: { kind: 'card', last: '42' },
  prices: { DE: 1.5 },
  pair: ['x', 1],
  any: { a: [1] },
  sums: { currency: 'EUR', total: 1 } as never, // names that are told apart from all others have no type
  short: ['x'],
};
const hostile = { owner: HOSTILE, meaning: HOSTILE, certainty: HOSTILE, notSentWhen: HOSTILE };
const event = publishedWith(rich, RICH, { ...hostile, fields: { reason: { meaning: HOSTILE, class: 'secret' } } });

/** Two majors, the older on its way out. */
function twoMajors(): PublishedEvent[] {
  const of = (version: number, options: object) =>
    contract('OrderPlaced', version, { ...prose, ...options, data: z.object({ a: z.int() }), example: { a: version } });
  return publishedOf(
    placedRules({
      publications: [
        publish(placed).as(of(1, { sunset: '2027-06-30', replacedBy: 'OrderPlaced.v2' }), ({ data }) => data),
        publish(placed).as(of(2, {}), ({ data }) => data),
      ],
    }),
  );
}

const problemsOf = (document: unknown): Promise<string[]> => asyncApiProblems(JSON.stringify(document));

describe('the AsyncAPI document', () => {
  it('is accepted by the parser, with all that a schema may have', async () => {
    expect(await problemsOf(asyncApi([event, ...twoMajors().slice(1)], 'legacy'))).toEqual([]);
    expect(await problemsOf(asyncApi(twoMajors(), 'legacy'))).toEqual([]);
  });

  it('would not be if it were wrong', async () => {
    const { channels, ...others } = asyncApi([event], 'legacy') as Record<string, object>;
    expect(channels).toBeDefined();
    expect(await problemsOf(others)).not.toEqual([]);
  });

  it('says topic, key and direction as Kafka has them', () => {
    expect(asyncApi(twoMajors(), 'legacy')).toMatchObject({
      asyncapi: '3.1.0',
      channels: { orders: { address: 'orders', bindings: { kafka: { topic: 'orders', bindingVersion: '0.5.0' } } } },
      operations: { 'send.orders': { action: 'send', channel: { $ref: '#/channels/orders' } } },
      components: {
        messages: {
          'OrderPlaced.v1': {
            bindings: { kafka: { key: { type: 'string' } } },
            payload: { schemaFormat: 'application/schema+json;version=draft-07' },
            'x-sunset': '2027-06-30',
            'x-replaced-by': 'OrderPlaced.v2',
          },
        },
      },
    });
  });
});

describe('types', () => {
  it('compile, and the example is of them', () => {
    expect(typed([event])).toEqual([]);
    expect(typed(twoMajors())).toEqual([]);
  });

  it('would not be of them with another value', () => {
    const wrong = { ...event, example: { ...event.example, value: { ...event.example.value, reason: 'c' } } };
    expect(typed([wrong])).toHaveLength(1);
  });

  it('have names that are none of an identifier, and words that would end a comment', () => {
    const text = typesText(event.contract);
    expect(text).toContain('"odd name"?: boolean;');
    expect(text.match(/\*\//g)).toHaveLength(text.match(/\/\*\*/g)?.length ?? 0);
  });
});

const typed = (events: readonly PublishedEvent[]): string[] =>
  typeErrors(
    new Map(
      events.map(({ contract, example }, i) => [
        `/c${i}.ts`,
        typedValue(typesText(contract), typeNameOf(contract), example.value),
      ]),
    ),
  );

describe('pages', () => {
  it('have words of authors as text, in HTML', () => {
    const text = htmlPage(contractPage(event));
    expect(text).not.toContain('<script');
    expect(text).not.toContain('<b>');
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(htmlPage(indexPage([event.contract]))).not.toContain('<script');
  });

  it('have words of authors as text, in Markdown', () => {
    const text = markdownPage(contractPage(event));
    expect(text).not.toMatch(/(?<!\\)<script/);
    expect(text).not.toMatch(/(?<!\\)\*\*bold/);
    expect(
      text
        .split('\n')
        .filter((line) => line.startsWith('| `reason`'))[0]
        ?.match(/(?<!\\)\|/g),
    ).toHaveLength(7);
  });

  it.each([
    ['# a', '\\# a'],
    ['1. a', '1\\. a'],
    ['- a', '\\- a'],
    ['a\n\n# b', 'a \\# b'],
    ['{a} <b> &lt;', '\\{a\\} \\<b\\> &amp;lt;'],
    ['import papers are there', '&#105;mport papers are there'],
    ['export is allowed', '&#101;xport is allowed'],
    ['plain, in words: it is an export.', 'plain, in words: it is an export.'],
  ])('escape %j', (text, shown) => {
    expect(escaped(text)).toBe(shown);
  });

  it('say what is on its way out, until when, and what takes its place', () => {
    const [first, second] = twoMajors().map((each) => markdownPage(contractPage(each)));
    const words = 'On its way out. From 2027-06-30 on it may not be sent any more. OrderPlaced.v2 takes its place';
    expect(first).toContain(`> **${words}`);
    expect(second).not.toContain('On its way out');
    expect(markdownPage(indexPage(twoMajors().map((each) => each.contract)))).toContain(words);
  });

  it('say that an experiment is one', () => {
    const { contract, ...others } = event;
    const page = contractPage({ ...others, contract: { ...contract, stability: 'experimental' } });
    expect(page.notice).toContain('it may still change without notice');
  });
});

describe('the catalog', () => {
  it('has the newest major on top, the older ones below, and frontmatter that can be read', () => {
    const files = eventCatalog(twoMajors(), 'Legacy System');
    expect(files.map(({ path }) => path)).toEqual([
      'events/OrderPlaced/versioned/1.0.0/index.mdx',
      'events/OrderPlaced/versioned/1.0.0/schema.json',
      'events/OrderPlaced/index.mdx',
      'events/OrderPlaced/schema.json',
      'channels/orders/index.mdx',
      'services/legacy-system/index.mdx',
      'teams/o.mdx',
    ]);
    const [older] = files.map(({ text }) => parse(text.split('---')[1] ?? '') as object);
    expect(older).toMatchObject({
      id: 'OrderPlaced',
      version: '1.0.0',
      deprecated: { date: '2027-06-30' },
      owners: ['o'],
    });
  });

  it('tells owners apart in whatever letters', () => {
    const of = (owner: string) => publishedWith(z.object({ a: z.int() }), { a: 1 }, { owner });
    const teams = (...owners: readonly string[]) =>
      eventCatalog(owners.map(of), 'legacy').flatMap(({ path }) => (path.startsWith('teams/') ? [path] : []));
    expect(teams('Склад', 'Оплата', 'Größe & Maß')).toEqual([
      ...['teams/склад.mdx', 'teams/оплата.mdx', 'teams/größe-maß.mdx'],
    ]);
  });

  it('has words of authors as text: in frontmatter, and in MDX, where braces are code', () => {
    const [file] = eventCatalog([event], 'legacy');
    const [, front = '', body = ''] = /^---\n([^]*?)\n---\n([^]*)$/.exec(file?.text ?? '') ?? [];
    expect((parse(front) as { summary: string }).summary).toBe(HOSTILE);
    expect(body.replace(/```json[^]*?```/g, '')).not.toMatch(/(?<!\\)[{<]/);
  });
});

describe('an export', () => {
  it('is the same twice, and ends each file with a line end', () => {
    const files = exportFiles(twoMajors(), 'legacy');
    expect(exportFiles(twoMajors(), 'legacy')).toEqual(files);
    expect(new Set(files.map(({ path }) => path)).size).toBe(files.length);
    expect(files.filter(({ text }) => !/[^\n]\n$|> $/.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it('of fifty contracts takes no longer than so many should', () => {
    const publications = Array.from({ length: 50 }, (_, i) =>
      publish(placed).as(contract(`Rich${i}`, 1, { ...prose, data: rich, example: RICH }), () => RICH),
    );
    const rules = placedRules({ publications });
    const started = process.cpuUsage();
    expect(exportFiles(publishedOf(rules), 'legacy').filter(({ path }) => path.endsWith('page.html'))).toHaveLength(50);
    const { user, system } = process.cpuUsage(started);
    // About 0.5 s of a free processor; four times as much of one that others use.
    expect((user + system) / 1_000_000).toBeLessThan(10);
  });

  it('of rules that publish nothing is an empty one', async () => {
    const files = exportFiles([], 'legacy');
    expect(files.map(({ path }) => path)).toEqual([
      ...['asyncapi.json', 'index.md', 'index.html', 'eventcatalog/services/legacy/index.mdx'],
    ]);
    expect(files[1]?.text).toContain('The rules publish nothing.');
    expect(await problemsOf(JSON.parse(files[0]?.text ?? ''))).toEqual([]);
  });
});
