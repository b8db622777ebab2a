/** `dragoman missed`: facts that a snapshot showed and no transaction told, and rows that it did not show any more. */
import { aggregateCommand } from './aggregate-command.js';
import type { ChangeOptions } from './operator.js';

export const missedPublishCommand = (aggregate: string, id: string, options: ChangeOptions): Promise<number> =>
  aggregateCommand('missed.publish', { aggregate, id }, options);

export const missedDismissCommand = (
  aggregate: string,
  id: string,
  options: ChangeOptions & { readonly keepRows?: boolean },
): Promise<number> =>
  aggregateCommand('missed.dismiss', { aggregate, id, keepRows: options.keepRows === true }, options);
