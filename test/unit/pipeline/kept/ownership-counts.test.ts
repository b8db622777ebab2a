/** Whose aggregates are, and what is owed, is counted beside what says so; and nothing where no route is a service's. */
import { describe, expect, it } from 'vitest';
import { type AggregateState, EMPTY_STATE, type Owed } from '../../../../src/domain/state/aggregate-state.js';
import { OWNERSHIP, ownershipCount, OwnershipCounts } from '../../../../src/pipeline/kept/ownership-counts.js';
import { ADDED, EchoStands, echoingRules, READY } from '../../../support/ownership/echoing.js';

const order = echoingRules.aggregates.get('order');
const seen = (more: Partial<AggregateState> = {}): AggregateState => ({
  ...EMPTY_STATE,
  rows: { 'e.head': { 1: {} } },
  ...more,
});
const owed = (...occurrences: string[]): Pick<AggregateState, 'owed'> => {
  const origin = { source: 'legacy', transactionId: '1', position: null, commitTimeMs: 1 };
  const one: Owed = { fact: 'LineAdded', decidedAt: '2026-11-21T09:52:35.035Z', values: {}, context: {}, origin };
  return { owed: { [ADDED]: Object.fromEntries(occurrences.map((each) => [each, one])) } };
};

/** What is stored, as a start finds it. */
class Stored {
  readonly fields = new Map<string, string>();
  readonly counts = new OwnershipCounts();
  readonly #routing: EchoStands | undefined;

  constructor(routing: EchoStands | undefined) {
    this.#routing = routing;
  }

  change(before: AggregateState | null, after: AggregateState): this {
    this.counts.change(before, after, order, this.#routing);
    for (const { hash, field, value } of this.counts.takeFresh()) {
      expect(hash).toBe(OWNERSHIP);
      if (value === null) this.fields.delete(field);
      else this.fields.set(field, value);
    }
    return this;
  }

  get all(): object {
    return Object.fromEntries(this.fields);
  }
}

const served = (isSticky = true): Stored => new Stored(new EchoStands('service', isSticky));

describe('nothing is counted', () => {
  it.each([
    ['without capabilities', new Stored(undefined)],
    ['while all is legacy', new Stored(new EchoStands('legacy', true))],
  ])('%s', (_, stored) => {
    expect(stored.change(null, seen()).change(seen(), seen()).all).toEqual({});
  });
});

describe('an aggregate', () => {
  it('is counted when it is first seen, for its owner under each contract', () => {
    const stored = served().change(null, seen({ owners: { [READY]: 'service' } }));
    expect(stored.all).toEqual({ [`${READY}\tservice`]: '1', [`${ADDED}\tlegacy`]: '1' });
    stored.change(null, seen()).change(seen(), seen({ fired: { LineAdded: { '1': 1 } } }));
    expect(stored.all).toEqual({ [`${READY}\tservice`]: '1', [`${READY}\tlegacy`]: '1', [`${ADDED}\tlegacy`]: '2' });
  });

  it('that was known before is not', () => {
    expect(served().change(seen(), seen({ at: {} })).all).toEqual({});
  });

  it('that is open is, until it is settled', () => {
    const [one, other] = [
      seen({ owners: { [READY]: 'open', [ADDED]: 'open' } }),
      seen({ owners: { [ADDED]: 'service' } }),
    ];
    const stored = served().change(null, one);
    expect(stored.all).toEqual({ [`${READY}\topen`]: '1', [`${ADDED}\topen`]: '1' });
    expect(stored.change(one, other).all).toEqual({ [`${READY}\tlegacy`]: '1', [`${ADDED}\tservice`]: '1' });
  });

  it('that waits parked is when its rows are there', () => {
    const parked = { ...EMPTY_STATE, owners: { [READY]: 'legacy', [ADDED]: 'legacy' } } as const;
    const stored = served().change(null, parked);
    expect(stored.all).toEqual({});
    const counted = { [`${READY}\tlegacy`]: '1', [`${ADDED}\tlegacy`]: '1' };
    expect(stored.change(parked, seen({ owners: parked.owners })).all).toEqual(counted);
  });

  it('that goes with its route is nobody’s', () => {
    expect(served(false).change(null, seen()).all).toEqual({});
  });
});

describe('what is owed', () => {
  it('is counted until it is told, after a restart too', () => {
    const stored = served(false).change(seen(), seen(owed('1', '2')));
    expect(stored.all).toEqual({ [`${ADDED}\towed`]: '2' });
    const again = served(false);
    again.counts.reset(stored.fields);
    expect(again.counts.all()).toEqual([{ contract: ADDED, what: 'owed', count: 2 }]);
    expect(again.change(seen(owed('1', '2')), seen(owed('2'))).all).toEqual({ [`${ADDED}\towed`]: '1' });
    expect(again.change(seen(owed('2')), seen()).all).toEqual({});
  });

  it('of a kind that this version does not know is passed over', () => {
    expect(ownershipCount(`${READY}\tsomething`, '3')).toBeNull();
    expect(ownershipCount(`${READY}\topen`, '3')).toEqual({ contract: READY, what: 'open', count: 3 });
  });
});
