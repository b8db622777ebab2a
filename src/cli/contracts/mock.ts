/** `dragoman contracts mock`: events under a contract that nobody published, one record a line, for the tests of those who read it. */
import { nearMiss } from '../../config/near-miss.js';
import type { PublishedContract } from '../../contracts/published.js';
import { contractText } from '../../domain/integration-event.js';
import { DragomanError } from '../../errors.js';
import { mockBoundaries, mockBroken, type MockRecord, mockStream } from '../../mocks/index.js';
import { EXIT, print, say } from '../exit.js';
import { type CommonOptions, configOf, rulesOf } from '../load.js';
import { publishedOf } from './published.js';

export interface MockCommandOptions extends CommonOptions {
  readonly count?: number;
  readonly broken?: boolean;
  readonly boundaries?: boolean;
  readonly seed?: string;
}

interface MockLine {
  readonly record: MockRecord;
  readonly what?: string;
}

export async function mockCommand(event: string, options: MockCommandOptions): Promise<number> {
  const loaded = configOf(options, false);
  const { rules } = await rulesOf(options, loaded);
  const contract = named(
    event,
    publishedOf(rules, loaded.config).map((published) => published.contract),
  );
  let lines = 0;
  for (const { record, what } of linesOf(contract, options)) {
    const { topic, key, headers, value } = record;
    await print(JSON.stringify({ topic, key, headers, value: JSON.parse(value ?? 'null') as unknown, what }));
    lines += 1;
  }
  say(`${lines} records of ${contractText(contract.name, contract.version)}, which nobody published`);
  return EXIT.ok;
}

function* linesOf(contract: PublishedContract, options: MockCommandOptions): Generator<MockLine> {
  const { count = Infinity, broken = false, boundaries = false } = options;
  const seed = options.seed === undefined ? {} : { seed: options.seed };
  if (!broken && !boundaries) {
    const given = options.count === undefined ? seed : { ...seed, count: options.count };
    for (const record of mockStream(contract, given)) yield { record };
    return;
  }
  const special = [
    ...(boundaries ? mockBoundaries(contract, seed) : []),
    ...(broken ? mockBroken(contract, seed) : []),
  ];
  yield* special.slice(0, count);
}

/** By name, the newest version; or by name and version. @throws DragomanError COMMAND_INVALID */
function named(event: string, contracts: readonly PublishedContract[]): PublishedContract {
  const found = contracts.filter(({ name, version }) => name === event || contractText(name, version) === event);
  const newest = found.toSorted((a, b) => a.version - b.version).at(-1);
  if (newest !== undefined) return newest;
  const known = contracts.map(({ name, version }) => contractText(name, version));
  const near = nearMiss(event, [...known, ...contracts.map(({ name }) => name)]);
  throw new DragomanError(
    'COMMAND_INVALID',
    `The rules have no contract ${event}. ${near === null ? `They have ${known.join(', ')}.` : `Did you mean ${near}?`}`,
  );
}
