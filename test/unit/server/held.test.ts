/** What `/held` answers follows the events of the pipelines that run here. */
import { describe, expect, it } from 'vitest';
import { HeldTransactions, REFUSED_MAX } from '../../../src/server/held.js';
import type { PipelineEvent } from '../../../src/pipeline/events.js';
import { RUN } from '../../support/pipeline/events.js';

const sequenced = RUN.find((event) => event.kind === 'sequenced')!;
const state = (name: 'running' | 'paused' | 'closed'): PipelineEvent => ({ kind: 'state', state: name, reason: null });

describe('what is held', () => {
  it('is what the last event of each source said, while the pipeline runs here', () => {
    const held = new HeldTransactions();
    const observe = held.observer('orders');
    expect(held.report().pipelines).toEqual({});
    observe(sequenced);
    expect(held.report().pipelines).toEqual({});
    observe(state('running'));
    observe(sequenced);
    observe({ ...sequenced, source: 'east', allHeld: [], held: null });
    expect(held.report().pipelines).toMatchObject({ orders: { legacy: [{ transaction: '712:90' }], east: [] } });
    observe(state('paused'));
    expect(held.report().pipelines).toEqual({});
  });

  it('knows why commands were refused last, and no more than so many', () => {
    const held = new HeldTransactions();
    const observe = held.observer('orders');
    const told = (id: string, result: 'applied' | 'refused'): PipelineEvent => ({
      kind: 'command',
      outcome: { id, kind: 'transaction.release', subject: 'x', by: 'ops', reason: 'y', result, text: `text ${id}` },
    });
    observe(told('done', 'applied'));
    for (let i = 0; i <= REFUSED_MAX; i += 1) observe(told(`c${i}`, 'refused'));
    const refused = held.report().refused ?? {};
    expect(Object.keys(refused)).toHaveLength(REFUSED_MAX);
    expect(refused).toMatchObject({
      c1: { orders: 'text c1' },
      [`c${REFUSED_MAX}`]: { orders: `text c${REFUSED_MAX}` },
    });
    held.observer('orders.1')(told('c1', 'refused'));
    expect(held.report().refused?.['c1']).toEqual({ orders: 'text c1', 'orders.1': 'text c1' });
  });
});
