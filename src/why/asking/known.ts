/** Everything that is known of the aggregate that is asked about, put together once for all its facts. */
import type { AggregateRef } from '../../domain/change-set.js';
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import type { CompiledAggregate } from '../../rules/compile.js';
import type { History } from '../history/chain.js';
import type { Steps } from '../history/steps.js';
import type { Verdicts } from '../history/verdicts.js';
import type { Writers } from '../history/writers.js';
import type { Shown } from '../shown.js';
import type { Asking } from './asked.js';

export interface Known {
  /** By its first name. */
  readonly ref: AggregateRef;
  readonly aggregate: CompiledAggregate;
  readonly state: AggregateState;
  readonly history: History;
  readonly verdicts: Verdicts;
  readonly writers: Writers;
  readonly steps: Steps;
  readonly asking: Asking;
  readonly shown: Shown;
}
