/** Mock events of the retailer's contracts: valid ones fit the exported schema, broken ones do not, for ajv and for the kit alike. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadRules } from '../../../src/adapters/files/rules-loader.js';
import { exported, readContract } from '../../../src/consumer/read/contract.js';
import { EventReader } from '../../../src/consumer/read/event.js';
import type { PublishedContract } from '../../../src/contracts/published.js';
import { publishedContracts } from '../../../src/contracts/published-contracts.js';
import { mockBoundaries, mockBroken, type MockRecord, mockStream, mockTroubles } from '../../../src/mocks/index.js';
import { publishedWith, refusals, SETTINGS } from '../../support/contracts/published.js';

const { rules } = await loadRules('rules');
/** As they are exported. */
const contracts = publishedContracts(rules, SETTINGS).map(
  ({ contract }) => JSON.parse(JSON.stringify(contract)) as PublishedContract,
);

describe.each(contracts.map((contract) => [contract.name, contract] as const))('mocks of %s', (_, contract) => {
  const refused = refusals(contract.value);
  const fits = ({ value }: MockRecord): boolean => refused(JSON.parse(value ?? 'null')).length === 0;
  const reader = new EventReader({
    ...{ contracts: [readContract(exported(contract))], valueBytesMax: 1e7, now: () => 0 },
  });
  const kindOf = (record: MockRecord): string => reader.read(record).kind;

  it('are the same for the same seed, and others for another', () => {
    const text = (seed: string): string => JSON.stringify([...mockStream(contract, { count: 20, seed })]);
    expect(text('a')).toBe(text('a'));
    expect(text('b')).not.toBe(text('a'));
  });

  it('are whole histories of orders, each numbered without a gap', () => {
    const last = new Map<string, number>();
    const ids = new Set<string>();
    for (const record of mockStream(contract, { count: 60, orders: 7 })) {
      expect(fits(record)).toBe(true);
      const read = reader.read(record);
      if (read.kind !== 'event') throw new Error(read.text);
      expect(read.sequence).toBe((last.get(read.key) ?? 0) + 1);
      last.set(read.key, read.sequence);
      ids.add(read.id);
    }
    expect([last.size, ids.size]).toEqual([7, 60]);
  });

  it('at the limits fit, and are read', () => {
    const all = mockBoundaries(contract);
    expect(all.length).toBeGreaterThan(5);
    for (const { record, what } of all) expect([what, fits(record), kindOf(record)]).toEqual([what, true, 'event']);
  });

  it('that are broken do not fit, and are parked', () => {
    const all = mockBroken(contract);
    expect(all.length).toBeGreaterThan(20);
    for (const { record, what } of all) expect([what, fits(record), kindOf(record)]).toEqual([what, false, 'refused']);
  });

  it('tell of every trouble on the way', () => {
    const codes = new Set(mockTroubles(contract).flatMap((trouble) => trouble.codes));
    expect(codes.size).toBeGreaterThan(12);
  });
});

it('mocks of a pattern that cannot be read with the flag u are made, too', () => {
  const { contract } = publishedWith(z.object({ day: z.string().regex(/^\d\-\d$/) }), { day: '1-2' });
  const read = readContract(exported(contract));
  const values = [...mockStream(contract, { count: 5 })].map(({ value }) => JSON.parse(value ?? 'null') as object);
  expect(values.flatMap((value) => read.issuesOf(value as never))).toEqual([]);
  expect(mockBroken(contract).some(({ what }) => what.includes('does not match'))).toBe(true);
});

describe('mocks of numbers with the limits of a machine', () => {
  const { contract } = publishedWith(
    z.object({ double: z.float64(), float: z.float32(), large: z.number().min(1e20), price: z.float64().min(0) }),
    { double: 1, float: 1, large: 1e21, price: 1 },
  );
  const refused = refusals(contract.value);
  const reasons = ({ value }: MockRecord): string[] => refused(JSON.parse(value ?? 'null'));

  it('fit, or do not, as they say', () => {
    expect([...mockStream(contract, { count: 20 })].flatMap(reasons)).toEqual([]);
    expect(mockBoundaries(contract).flatMap(({ record }) => reasons(record))).toEqual([]);
    expect(mockBroken(contract).filter(({ record }) => reasons(record).length === 0)).toEqual([]);
    expect(mockBroken(contract).some(({ what }) => what === 'price: is below 0')).toBe(true);
  });
});

it('troubles say nothing of a later major where that hangs on the day', () => {
  const [contract] = contracts;
  const codesOf = (sunset: string | null) => mockTroubles({ ...contract!, sunset }).flatMap(({ codes }) => codes);
  expect(codesOf(null)).toContain('VERSION_NEWER');
  expect(codesOf('2026-01-01')).not.toContain('VERSION_NEWER');
});
