/** What a service tries out stands in the trial topic of its contract, as it would be published, with numbers of its own. */
import { describe, expect, it } from 'vitest';
import { eventId } from '../../../src/domain/event-id.js';
import { exported, TrialOutbox } from '../../../src/producer/index.js';
import { CONTEXT, CONTRACT, releasedContract, valueOf, WIRE } from '../../support/producer/topic.js';

const CONTRACTS = [exported(releasedContract)];
const trial = new TrialOutbox({
  ...{ service: 'order-service', contracts: CONTRACTS, ...WIRE, aggregate: 'order', context: CONTEXT },
});

/** Answers as the tables do. @param sequence null: it was published before. */
function database(sequence: number | null) {
  const asked: { readonly text: string; readonly values: unknown[] }[] = [];
  const query = (text: string, values: unknown[] = []) => {
    asked.push({ text, values });
    const isNumber = text.includes('INSERT INTO dragoman_count');
    return Promise.resolve({ rows: isNumber && sequence !== null ? [{ sequence }] : [] });
  };
  const rowOf = () => {
    const { text = '', values = [] } = asked.find((each) => each.text.startsWith('INSERT INTO dragoman_outbox')) ?? {};
    const columns = /\(([^)]*)\) VALUES/.exec(text)?.[1]?.split(', ') ?? [];
    return Object.fromEntries(columns.map((column, at) => [column, values[at]]));
  };
  return { query, asked, rowOf };
}

const said = { occurrence: '7', occurredAt: '2026-03-01T00:00:00Z', causationId: 'request' };
const publish = (tx: ReturnType<typeof database>) =>
  trial.publish(tx, CONTRACTS[0]!, { ...valueOf('1'), releaseNumber: '7' }, said);

describe('an event on trial', () => {
  it('is asked for a number of its own, and goes to the trial topic without an epoch that a move led to', async () => {
    const tx = database(3);
    const id = eventId({ contract: 'OrderReleasedToWarehouse', majorVersion: 1, aggregateId: '1', occurrence: '7' });
    expect(await publish(tx)).toEqual({ id, sequence: 3 });
    expect(tx.asked[0]?.values.slice(0, 3)).toEqual(['1', `${CONTRACT}~trial`, 0]);
    expect(tx.rowOf()).toMatchObject({
      ...{ id, aggregatetype: `${releasedContract.topic}.trial`, aggregateid: '1', partition: null },
      ...{ ce_producer: 'service:order-service', ce_occurrence: '7', ce_ownershipepoch: '0' },
      ce_ordersequence: '000000000003',
    });
    expect(tx.asked).toHaveLength(2); // neither routes nor locks
  });

  it('is written once', async () => {
    const tx = database(null);
    expect(await publish(tx)).toMatchObject({ sequence: null });
    expect(tx.rowOf()).toEqual({});
  });

  it('is checked as strictly as any', async () => {
    const wrong = { ...valueOf('1'), releaseNumber: 7 } as never;
    await expect(trial.publish(database(1), CONTRACTS[0]!, wrong, said)).rejects.toMatchObject({
      code: 'EVENT_INVALID',
    });
    expect(() => new TrialOutbox({ service: '', contracts: CONTRACTS, ...WIRE, aggregate: 'order' })).toThrow(
      'service is empty',
    );
  });
});
