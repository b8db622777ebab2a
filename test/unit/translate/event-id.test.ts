/** Ids of events against another implementation of RFC 9562. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { v5 } from 'uuid';
import { eventId } from '../../../src/domain/event-id.js';

const NAMESPACE = v5('urn:dragoman:integration-event', v5.URL);

it('makes the UUID of version 5 of what happened, whatever its texts are', () => {
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(
      text,
      fc.integer({ min: 1, max: 99 }),
      text,
      text,
      (contract, majorVersion, aggregateId, occurrence) => {
        const name = JSON.stringify([`${contract}.v${majorVersion}`, aggregateId, occurrence]);
        expect(eventId({ contract, majorVersion, aggregateId, occurrence })).toBe(v5(name, NAMESPACE));
      },
    ),
  );
});
