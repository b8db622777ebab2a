/** The pipeline of most tests, which is one task. */
import { type PipelineShard, WHOLE } from '../../../src/domain/shard.js';

export const ORDERS: PipelineShard = { pipeline: 'orders', shard: WHOLE };
