/** `dragoman unpark <aggregate> <id>`: what waits behind a parked aggregate is decided, in its order, by the rules of now. */
import { aggregateCommand } from './aggregate-command.js';
import type { ChangeOptions } from './operator.js';

export const unparkCommand = (aggregate: string, id: string, options: ChangeOptions): Promise<number> =>
  aggregateCommand('unpark', { aggregate, id }, options);
