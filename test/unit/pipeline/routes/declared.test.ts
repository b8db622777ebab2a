/** Routes that were moved, and rules that say something else now: nothing is decided where Dragoman would speak beside the service. */
import { describe, expect, it } from 'vitest';
import { selectorOf, type Stage } from '../../../../src/domain/ownership/route.js';
import type { DragomanError } from '../../../../src/errors.js';
import { decodeProgress, encodeProgress } from '../../../../src/pipeline/progress/progress.js';
import { type Move, NOTHING_MOVED, type Ownership } from '../../../../src/pipeline/progress/ownership.js';
import { checkDeclared } from '../../../../src/pipeline/routes/declared.js';
import { Routes } from '../../../../src/pipeline/routes/routes.js';
import { moved, returning } from '../../../../src/pipeline/routes/standing.js';
import type { CompiledCapability } from '../../../../src/rules/routes/compile-capabilities.js';

const DE = selectorOf({ market: 'DE' });
const contract = 'Ready.v1';
const fulfilment: CompiledCapability = {
  ...{ name: 'fulfilment', contracts: [contract], isSticky: true, echoes: null, parity: null, initially: [] },
  by: { market: ['DE', 'AT'] },
};
const declared = (other: Partial<CompiledCapability> = {}) => new Map([[contract, { ...fulfilment, ...other }]]);
const NONE = declared();
NONE.clear();

const move = (from: Stage, to: Stage, epoch: number): Move => ({
  ...{ contract, selector: DE, epoch, from, to },
  ...{ at: '2026-03-01T10:00:02.000Z', by: 'ops', reason: 'first market', command: `move ${epoch}` },
});
/** One after the other, by the rules that there were. */
const after = (other: Partial<CompiledCapability>, ...moves: readonly Move[]): Ownership =>
  moves.reduce((all, each) => moved(all, each, declared(other)), NOTHING_MOVED);
const served = (other: Partial<CompiledCapability> = {}): Ownership => after(other, move('legacy', 'service', 1));
const back = (other: Partial<CompiledCapability> = {}): Ownership =>
  after(other, move('legacy', 'service', 1), move('service', 'legacy', 2));

/** Why it does not start; null: it does. */
function refused(ownership: Ownership, routed = declared(), isPublished = () => true): string | null {
  try {
    checkDeclared(ownership, routed, isPublished);
    return null;
  } catch (error) {
    expect(error).toMatchObject({ code: 'ROUTES_UNDECLARED', details: { contract } });
    return (error as DragomanError).message;
  }
}

describe('a contract that is in no capability any more', () => {
  it('is refused as long as it is published: Dragoman would speak beside the service', () => {
    expect(refused(served(), NONE)).toContain(
      'Ready.v1 market=DE was moved, or is about to be (it is in stage service)',
    );
    expect(refused(served(), NONE, () => false)).toBeNull();
    expect(refused(NOTHING_MOVED, NONE)).toBeNull();
  });

  it('is refused where its move is accepted, or its service is asked, and nothing more', () => {
    expect(refused({ ...NOTHING_MOVED, pending: [move('legacy', 'service', 1)] }, NONE)).toContain('no capability');
    expect(refused(returning(NOTHING_MOVED, move('service', 'legacy', 1), declared()), NONE)).toContain(
      'no capability',
    );
  });

  it('is refused where only aggregates that keep other rules publish it', () => {
    const routes = new Routes({
      ...{ routed: NONE, topics: new Map(), shard: { index: 0, count: 1 }, pipeline: 'orders', source: 'urn:legacy' },
      ...{ producer: 'dragoman:shop.orders', ownership: 'shop.ownership', partitionsOf: () => 4 },
    });
    routes.reset(served());
    expect(() => routes.checkKept(new Set(['Sent.v1']))).not.toThrow();
    expect(() => routes.checkKept(new Set([contract]))).toThrow(expect.objectContaining({ code: 'ROUTES_UNDECLARED' }));
  });
});

describe('a capability that says something else than when its routes were moved', () => {
  it('does not start without the name, or the value, by which the service has one', () => {
    expect(refused(served())).toBeNull();
    expect(refused(served(), declared({ by: { market: ['DE'] } }))).toBeNull();
    expect(refused(served(), declared({ by: { market: ['AT'] } }))).toContain(
      'market "DE" is none of those that are routed: AT',
    );
    expect(refused(served(), declared({ by: {} }))).toContain('nothing is routed by market, only by share');
  });

  it('may do without the value when legacy has it back, and not without the name', () => {
    expect(refused(back(), declared({ by: { market: ['AT'] } }))).toBeNull();
    expect(refused(back(), declared({ by: {} }))).toContain('nothing is routed by market');
  });

  it('does not start with another owner: aggregates would change hands without a fence', () => {
    const [sticky, immediate] = [{ isSticky: true }, { isSticky: false }];
    expect(refused(served(sticky), declared(immediate))).toContain("Say owner: 'sticky'.");
    expect(refused(back(sticky), declared(immediate))).toContain("Say owner: 'sticky'.");
    expect(refused(served(immediate), declared(sticky))).toContain("Say owner: 'immediate', until");
    expect(refused(back(immediate), declared(sticky))).toBeNull();
    const shadow = after(sticky, move('service', 'legacy', 1), move('legacy', 'shadow', 2));
    expect(refused(shadow, declared(immediate))).toContain("Say owner: 'sticky'.");
  });

  it('may say another owner as long as no service had anything', () => {
    expect(refused(after({}, move('legacy', 'shadow', 1)), declared({ isSticky: false }))).toBeNull();
  });

  it('is remembered with the progress', () => {
    const progress = { commit: 1, offsets: new Map(), frontiers: {}, commands: { next: 0, resolved: [] }, clock: null };
    const text = encodeProgress({ ...progress, ends: { state: [], journal: [] }, digest: '', ownership: served() });
    expect(decodeProgress(text).ownership).toEqual(served());
    expect(served().routes).toMatchObject([{ isSticky: true }]);
  });
});
