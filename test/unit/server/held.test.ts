/** What `/held` answers follows the events of the pipelines that run here. */
import { describe, expect, it } from 'vitest';
import { HeldTransactions } from '../../../src/server/held.js';
import type { PipelineEvent } from '../../../src/pipeline/events.js';
import { RUN } from '../../support/pipeline-events.js';

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
    observe({ ...sequenced, source: 'east', held: null });
    expect(held.report().pipelines).toMatchObject({ orders: { legacy: { transaction: '712:90' }, east: null } });
    observe(state('paused'));
    expect(held.report().pipelines).toEqual({});
  });
});
