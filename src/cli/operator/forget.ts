/** `dragoman forget <aggregate> <id>`: rows, queue and key of an aggregate go, and with the key all that the journal has of it (decision 0020). */
import { DragomanError } from '../../errors.js';
import { aggregateCommand } from './aggregate-command.js';
import type { ChangeOptions } from './operator.js';

export const forgetCommand = (aggregate: string, id: string, options: ChangeOptions): Promise<number> =>
  aggregateCommand('forget', { aggregate, id }, options, ({ isErased }) => {
    if (isErased === true) throw new DragomanError('COMMAND_REFUSED', `${aggregate} ${id} is forgotten already.`);
    return {};
  });
