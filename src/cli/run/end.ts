/** How `dragoman run` ends: what is decided is committed, and the group is left, so that another member can go on at once. */
import type { Logger } from '../../server/logger.js';
import { EXIT } from '../exit.js';

export interface Ending {
  readonly members: { stop(): Promise<void> };
  readonly group: { stop(): Promise<void> };
  /** What is open besides. */
  readonly close: () => Promise<void>;
  readonly logger: Pick<Logger, 'error'>;
}

/** All together: keep it below the orchestrator's grace period. */
export const COMMITS_MAX_MS = 15_000;
export const LEAVING_MAX_MS = 4_000;
const CLOSING_MAX_MS = 1_000;

/** The group is left also when commits take too long: else nobody has the pipelines until the session is over. */
export async function endInOrder(
  { members, group, close, logger }: Ending,
  exit: (code: number) => void = (code) => process.exit(code),
): Promise<void> {
  const isCommitted = await within(COMMITS_MAX_MS, members.stop());
  if (!isCommitted) logger.error('stopping took too long: the group is left without the commits that are under way');
  const isLeft = await within(LEAVING_MAX_MS, group.stop());
  if (!isLeft) logger.error('the group could not be left in time: others have its pipelines when the session is over');
  const isClosed = await within(CLOSING_MAX_MS, close());
  if (!isCommitted || !isLeft || !isClosed) exit(EXIT.internal);
}

async function within(ms: number, ended: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
  try {
    return await Promise.race([ended.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
