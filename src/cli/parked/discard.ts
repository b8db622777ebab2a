/** `dragoman parked discard <aggregate> <id>`: the change set that cannot be applied is given up (decision 0004). */
import { originText } from '../../domain/change-set.js';
import { type AggregateState, waitingCount } from '../../domain/state/aggregate-state.js';
import { DragomanError } from '../../errors.js';
import { aggregateCommand } from '../operator/aggregate-command.js';
import type { ChangeOptions } from '../operator/operator.js';

export type ParkedDiscardOptions = ChangeOptions & {
  /** Everything that waits now, instead of the first change set. */
  readonly all?: boolean;
};

export const parkedDiscardCommand = (aggregate: string, id: string, options: ParkedDiscardOptions): Promise<number> =>
  aggregateCommand('parked.discard', { aggregate, id }, options, ({ parked }: AggregateState) => {
    const [first] = parked?.waiting ?? [];
    if (parked === null || first === undefined)
      throw new DragomanError('COMMAND_REFUSED', `${aggregate} ${id} is not parked; parked list says what is.`);
    return { first: originText(first.origin), changeSets: options.all === true ? waitingCount(parked) : 1 };
  });
