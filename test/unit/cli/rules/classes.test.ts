/** The retailer's rules with a column of a class, over what a real connector wrote: found where it reaches a contract, in whatever way, and only there. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RulesFolder } from '../../../../src/adapters/files/rules-loader.js';
import { checkedConfig } from '../../../../src/cli/rules/check/config.js';
import type { Finding } from '../../../../src/cli/rules/check/finding.js';
import { replayedRules } from '../../../../src/cli/rules/check/recording.js';
import { classesNotTried } from '../../../../src/cli/rules/check/classes/findings.js';
import { classCheck } from '../../../../src/cli/rules/check/classes/class-check.js';
import { run } from '../../../support/command.js';

const root = (path: string): string => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
const LIFECYCLE = root('test/recordings/postgres/01-lifecycle.ndjson');

let folder: string;
let rules: string;
beforeEach(() => {
  mkdirSync(root('.cache'), { recursive: true });
  folder = mkdtempSync(root('.cache/classes-'));
  rules = join(folder, 'rules');
  cpSync(root('rules'), rules, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

function change(file: string, from: string, to: string): void {
  const path = join(rules, file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
}

const FACT = 'facts/order-accepted-for-fulfillment.ts';
const CONTRACT = 'contracts/order-accepted-for-fulfillment.v1.ts';
const COUNTRY = "o.addresses.find((address) => address.addr_typ === 'SHIP')?.ctry ?? null";

const personal = (column = 'street: legacy.text().nullable().personal()'): void =>
  change('tables/cust-addr.ts', 'ctry: legacy', `${column},\n    ctry: legacy`);
const country = (expression: string): void => change(FACT, COUNTRY, expression);
/** The contract says of a field, or of a name of the context, that it has a class. */
function carries(field: string, called: string, file = CONTRACT): void {
  const isThere = readFileSync(join(rules, file), 'utf8').includes(`    ${field}: {`);
  if (isThere) change(file, `    ${field}: {`, `    ${field}: { class: '${called}',`);
  else change(file, 'fields: {', `fields: { ${field}: { class: '${called}' },`);
}
const says = (text: string): void => change(CONTRACT, 'fields: {', `${text},\n  fields: {`);

async function checked(file = LIFECYCLE): Promise<readonly Finding[]> {
  const loaded = new RulesFolder(rules);
  expect(loaded.problems).toEqual([]);
  return classCheck(loaded, file, checkedConfig({ rules }).loaded.config);
}

const shown = ({ kind, code, about, text }: Finding): string => `${kind} ${code} ${about}: ${text}`;

describe('the rules of the retailer', () => {
  it('have no column of a class, so nothing is looked for', async () => {
    expect(await checked()).toEqual([]);
    expect(classesNotTried(new RulesFolder(rules))).toEqual([]);
  });

  it('publish a personal country under a field that has to carry the class', async () => {
    change('tables/cust-addr.ts', 'ctry: legacy.text({ trim: true })', 'ctry: legacy.text({ trim: true }).personal()');
    const [lost, ...others] = await checked();
    expect(others).toEqual([]);
    expect(lost).toMatchObject({
      ...{ kind: 'finding', code: 'CLASS_LOST', about: 'contract OrderAcceptedForFulfillment.v1' },
      file: expect.stringMatching(/order-accepted-for-fulfillment\.v1\.ts$/) as string,
      line:
        readFileSync(join(rules, CONTRACT), 'utf8')
          .split('\n')
          .findIndex((line) => line.includes('shippingCountry')) + 1,
      text:
        'field shippingCountry tells what ctry of oms.cust_addr (personal) has, and does not carry the class: in fact OrderAcceptedForFulfillment ' +
        'another value of the column gave another one there',
      fix: expect.stringContaining("fields: { 'shippingCountry': { class: 'personal' } }") as string,
    });

    const config = checkedConfig({ rules }).loaded.config;
    const { findings } = await replayedRules(new RulesFolder(rules), LIFECYCLE, config);
    expect(findings.filter(({ code }) => code === 'CLASS_LOST')).toEqual([lost]);

    carries('shippingCountry', 'personal');
    expect(await checked()).toEqual([]);
    change(CONTRACT, "class: 'personal'", "class: 'payment'");
    expect((await checked()).map(({ code }) => code)).toEqual(['CLASS_LOST']);
    says("waived: { 'CLASS_LOST shippingCountry': 'millions of people' }");
    expect((await checked()).map(({ kind, code, text }) => `${kind} ${code} ${text.split('\n')[1] ?? ''}`)).toEqual([
      'note CLASS_LOST waived: millions of people',
    ]);
  });
});

it('is what the gate for contracts finds, too, with a recording', async () => {
  change('tables/cust-addr.ts', 'ctry: legacy.text({ trim: true })', 'ctry: legacy.text({ trim: true }).personal()');
  const gate = async (...options: readonly string[]) => {
    const { code, out } = await run(['contracts', 'check', '-r', rules, ...options]);
    const lines = out.join('\n').split('\n');
    return [code, ...lines.flatMap((line) => /(CLASS_\w+|SECRET_\w+)\]$/.exec(line)?.[1] ?? [])];
  };
  expect(await gate('--recording', LIFECYCLE)).toEqual([3, 'CLASS_LOST']);
  expect(await gate()).toEqual([0]);
  expect((await run(['contracts', 'check', '-r', rules])).err).toContain('classes: not tried');
  carries('shippingCountry', 'personal');
  expect(await gate('--recording', LIFECYCLE)).toEqual([0]);
});

describe('a column of a class that reaches a contract', () => {
  beforeEach(() => personal());

  it.each([
    ['as it is', 'o.addresses[0]?.street ?? null'],
    ['its first letter', 'o.addresses[0]?.street?.slice(0, 1) ?? null'],
    ['its length', 'String(o.addresses[0]?.street?.length)'],
    ['in another text', '`to: ${o.addresses.map((one) => one.street).join()}`'],
    ['by a condition', "o.addresses[0]?.street === 'Lindenstraße 12' ? 'known' : null"],
    ['by whether it is there', "o.addresses.some((one) => one.street === null) ? 'none' : 'some'"],
  ])('is found: %s', async (_, expression) => {
    country(expression);
    expect((await checked()).map(shown)).toEqual([
      'finding CLASS_LOST contract OrderAcceptedForFulfillment.v1: field shippingCountry tells what street of oms.cust_addr (personal) has, and ' +
        'does not carry the class: in fact OrderAcceptedForFulfillment another value of the column gave another one there',
    ]);
  });

  it.each([
    ['it is not read', COUNTRY],
    ['it makes no difference', "(o.addresses[0]?.street ?? '').length >= 0 ? 'any' : null"],
    ['it is taken away again', "(o.addresses[0]?.street ?? '').replace(/[^]/g, '')"],
  ])('is not, where %s', async (_, expression) => {
    country(expression);
    expect(await checked()).toEqual([]);
  });

  it('is found in the members of a list, which carry the class of the list', async () => {
    change(FACT, 'sku: line.sku', "sku: `${line.sku}${o.addresses[0]?.street ?? ''}`");
    const [found, ...others] = await checked();
    expect(others).toEqual([]);
    expect(found?.text).toContain('field lines[].sku tells what street');
    carries('lines', 'personal');
    expect(await checked()).toEqual([]);
    // What is said of the field itself is what its readers hold to.
    carries("'lines[].sku'", 'payment');
    expect((await checked()).map(({ code }) => code)).toEqual(['CLASS_LOST']);
  });

  it('is found in the length of a list', async () => {
    change(
      FACT,
      'lines: o.lines.map',
      'lines: o.lines.filter((one, i) => i === 0 || o.addresses[0]?.street !== null).map',
    );
    expect((await checked()).map(({ text }) => text.split(' tells')[0])).toEqual(['field lines']);
  });

  it('is found behind a lookup table', async () => {
    change('aggregates/order.ts', 'addresses: many(custAddr, (row) => row.ord_no),', '');
    change('aggregates/order.ts', 'context: {', 'lookups: { addresses: lookup(custAddr) },\n    context: {');
    change('aggregates/order.ts', 'aggregate, many, one', 'aggregate, lookup, many, one');
    country("o.addresses.get(header.ord_no, 'SHIP')?.street?.slice(0, 2) ?? null");
    expect((await checked()).map(({ code, text }) => `${code} ${text.split(' tells')[0]}`)).toEqual([
      'CLASS_LOST field shippingCountry',
    ]);
  });

  it('is found in the context, once for all contracts, where no class helps', async () => {
    change(
      'aggregates/order.ts',
      'channel: (o) => o.header?.chnl_cd ?? null',
      'channel: (o) => o.addresses[0]?.street ?? null',
    );
    carries('channel', 'personal');
    const findings = await checked();
    expect(findings.map(({ code, text }) => `${code} ${text.split(' tells')[0]}`)).toEqual([
      'CLASS_LOST channel, of the context,',
    ]);
    expect(findings[0]?.fix).toContain('stands in metrics');
  });

  it('is found in reasons and in the time of the event, which carry no class', async () => {
    country('o.addresses[0]?.street ?? null');
    change(
      'publications.ts',
      'as(orderAcceptedForFulfillmentV1, ({ data }) => data)',
      "as(orderAcceptedForFulfillmentV1, ({ data }, { withhold }) => withhold(`to ${data.shippingCountry ?? ''}`))",
    );
    expect((await checked()).map(({ text }) => text.split(' tells')[0])).toEqual(['the reason of withhold']);
    change(
      'publications.ts',
      "withhold(`to ${data.shippingCountry ?? ''}`)",
      "({ ...data, shippingCountry: null, totalAmount: `${(data.shippingCountry ?? '').length}.00` })",
    );
    carries('totalAmount', 'personal');
    says("occurredAt: ({ totalAmount }) => `2026-01-01T00:00:${totalAmount.slice(0, -3).padStart(2, '0')}Z`");
    expect((await checked()).map(({ text }) => text.split(' tells')[0])).toEqual(['occurredAt']);
  });

  it('is found where it says who made the change', async () => {
    change('tables/ord-hdr.ts', 'chnl_cd: legacy.text().nullable()', 'chnl_cd: legacy.text().nullable().personal()');
    change('aggregates/order.ts', 'channel: (o) => o.header?.chnl_cd ?? null', 'channel: () => null');
    change(
      'index.ts',
      'import { ruleSet }',
      "import { ordHdr } from './tables/ord-hdr.js';\nimport { origin, ruleSet }",
    );
    change('index.ts', 'facts: [', "origins: [origin.columns(ordHdr, { user: 'chnl_cd' })],\n  facts: [");
    country('null as string | null');
    change(
      'publications.ts',
      'as(orderAcceptedForFulfillmentV1, ({ data }) => data)',
      'as(orderAcceptedForFulfillmentV1, ({ data, origin }) => ({ ...data, shippingCountry: origin.user }))',
    );
    expect((await checked()).map(({ text }) => text.split(' has')[0])).toEqual([
      'field shippingCountry tells what chnl_cd of oms.ord_hdr (personal)',
    ]);
  });

  it('is found where it is secret, whatever the field carries', async () => {
    change('tables/cust-addr.ts', '.personal()', '.secret()');
    country('o.addresses[0]?.street ?? null');
    carries('shippingCountry', 'secret');
    expect((await checked()).map(({ code }) => code)).toEqual(['SECRET_PUBLISHED']);
  });
});

describe('what is not tried', () => {
  it('is said: without a recording, of a fact that never happened, of what is redacted', async () => {
    personal();
    expect(classesNotTried(new RulesFolder(rules))).toEqual([
      'classes: not tried, because a recording shows which contracts they reach: street of oms.cust_addr (personal)',
    ]);
    change('facts/refund-initiated.ts', "payment.pay_typ === 'refund'", 'payment.amt === "never"');
    country('o.addresses[0]?.street ?? null');
    const redacted = join(folder, 'redacted.ndjson');
    const records = readFileSync(LIFECYCLE, 'utf8').replace(
      /(\\"street\\":)\\"[^"]*\\"/g,
      '$1\\"__dragoman_redacted\\"',
    );
    writeFileSync(
      redacted,
      `${JSON.stringify({ recording: 1, redacted: { 'oms.cust_addr': ['street'] } })}\n${records}`,
    );
    expect((await checked(redacted)).map(({ kind, code, about }) => `${kind} ${code} ${about}`)).toEqual([
      'note CLASS_NOT_TRIED fact OrderAcceptedForFulfillment',
      'note CLASS_NOT_TRIED fact RefundInitiated',
      'note CLASS_NOT_TRIED column oms.cust_addr.street',
    ]);
  });

  it('is a column of which no other value makes an event', async () => {
    change(
      'tables/ord-hdr.ts',
      'curr_cd: legacy.text({ trim: true })',
      'curr_cd: legacy.text({ trim: true }).personal()',
    );
    change(CONTRACT, 'currency: z.string().length(3)', "currency: z.literal('EUR')");
    carries('currency', 'personal');
    carries('currency', 'personal', 'contracts/refund-initiated.v1.ts');
    expect((await checked()).map(shown)).toEqual([
      'note CLASS_NOT_TRIED contract OrderAcceptedForFulfillment.v1: fact OrderAcceptedForFulfillment reads curr_cd of oms.ord_hdr (personal), and ' +
        'no event came of any other value that was tried',
    ]);
  });
});
