/** Consumers see no difference: an event of a service is, byte for byte, the event that Dragoman would have published, but for who did and why. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderAcceptedForFulfillmentV1 } from '../../rules/contracts/order-accepted-for-fulfillment.v1.js';
import { orderCancellationAcceptedV1 } from '../../rules/contracts/order-cancellation-accepted.v1.js';
import { orderReleasedToWarehouseV1 } from '../../rules/contracts/order-released-to-warehouse.v1.js';
import { refundInitiatedV1 } from '../../rules/contracts/refund-initiated.v1.js';
import { validValue } from '../../src/contracts/samples/samples.js';
import { exported } from '../../src/producer/index.js';
import { ownContract } from '../../src/producer/event/contract.js';
import { made } from '../../src/producer/event/making.js';
import type { JsonObject } from '../../src/rules/fact.js';
import { eventText, makeEvent } from '../../src/translate/publish/event.js';
import { changeSet } from '../unit/translate/examples.js';

const CONTRACTS = [
  ...[orderAcceptedForFulfillmentV1, orderCancellationAcceptedV1],
  ...[orderReleasedToWarehouseV1, refundInitiatedV1],
].map((definition) => {
  const { name, majorVersion } = definition;
  const path = `rules/contracts/published/${name}.v${majorVersion}/contract.json`;
  return { definition, published: exported(JSON.parse(readFileSync(path, 'utf8'))).published };
});

const SETTINGS = { sourceSystem: 'legacy', eventSource: 'urn:dragoman' };
const CONTEXT = ['tenant', 'market', 'channel'] as const;

const text = fc.string({ minLength: 1, unit: 'grapheme' }).filter((made) => made.isWellFormed());
const some = fc.record({
  at: fc.nat({ max: CONTRACTS.length - 1 }),
  seed: fc.string(),
  key: text,
  occurrence: fc.oneof(fc.constant(''), text),
  sequence: fc.integer({ min: 1, max: 1_000_000 }),
  context: fc.tuple(fc.option(text), fc.option(text), fc.option(text)),
  occurredAt: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2200-01-01') }),
});

describe('an event of a service', () => {
  it.each(['an exported contract', 'a definition'] as const)('by %s is what Dragoman would have published', (by) => {
    fc.assert(
      fc.property(some, ({ at, seed, key, occurrence, sequence, context: values, occurredAt }) => {
        const { definition, published } = CONTRACTS[at]!;
        const context = Object.fromEntries(CONTEXT.map((name, index) => [name, values[index] ?? null]));
        // As a publication gives them: in the order of the contract.
        const fields = definition.data.parse(fieldsOf(validValue(published, seed), definition.key)) as JsonObject;
        const dragomans = makeEvent({
          ...{ changeSet: changeSet({ id: key, changes: [] }), contract: definition, occurrence, sequence, context },
          ...{
            occurredAt: occurredAt.toISOString(),
            fields,
            settings: { ...SETTINGS, eventTypePrefix: '', digest: 'd' },
          },
        });
        const event = made(
          ownContract(by === 'a definition' ? definition : { published }, ''),
          { ...fields, ...context, [definition.key]: key },
          { occurrence, occurredAt: occurredAt.toISOString(), causationId: String(dragomans.value['causationId']) },
          { service: 'orders', ...SETTINGS, aggregate: 'order', context: CONTEXT, recordBytesMax: 1_000_000 },
          0,
        ).record({ sequence, epoch: 3 });
        const headers = Object.entries(dragomans.headers).filter(([name]) => name !== 'ce_rulesdigest');
        expect({ topic: event.topic, key: event.key, value: event.value }).toEqual({
          ...{ topic: dragomans.topic, key: dragomans.key, value: eventText(dragomans) },
        });
        expect(event.headers).toEqual({
          ...Object.fromEntries(headers),
          ...{ ce_producer: 'service:orders', ce_occurrence: occurrence, ce_ownershipepoch: '3' },
        });
      }),
    );
  });
});

/** Business fields alone, in the order of the sample. */
function fieldsOf(value: Readonly<Record<string, unknown>>, key: string): JsonObject {
  const beside = new Set<string>([
    ...['eventId', 'eventType', 'schemaVersion', 'occurredAt', 'sequence', 'correlationId', 'causationId'],
    ...['sourceSystem', key, ...CONTEXT],
  ]);
  return Object.fromEntries(Object.entries(value).filter(([name]) => !beside.has(name))) as JsonObject;
}
