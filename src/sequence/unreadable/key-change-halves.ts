/**
 * The two records of a changed primary key, its delete and its create, stand next to each other in their transaction, and each has
 * the key that the other one's header names. A header that cannot be read exactly is not needed, then. Pure.
 */
import type { ChangeEvent } from '../../domain/source/change-event.js';

/** @param changes of a whole transaction, in its order. @returns them with every other key told, or the reason why it is not. */
export function withOtherKeys(changes: readonly ChangeEvent[]): readonly ChangeEvent[] {
  const told: ChangeEvent[] = [];
  for (let place = 0; place < changes.length; place += 1) {
    const [half, next] = [changes[place], changes[place + 1]];
    if (half === undefined) continue;
    if (next !== undefined && isPair(half, next)) {
      told.push({ ...half, otherKey: next.key }, { ...next, otherKey: half.key });
      place += 1;
    } else
      told.push(half.otherKeyUnread === undefined ? half : { ...half, refusal: half.refusal ?? half.otherKeyUnread });
  }
  return told;
}

function isPair(gone: ChangeEvent, come: ChangeEvent): boolean {
  if (gone.otherKeyUnread === undefined && come.otherKeyUnread === undefined) return false;
  if (gone.op !== 'd' || come.op !== 'c' || gone.table !== come.table) return false;
  return names(gone, come.key) && names(come, gone.key);
}

/** Whether a half is one of a key change with `key`, as far as it tells. */
const names = ({ otherKey, otherKeyUnread }: ChangeEvent, key: string): boolean =>
  otherKeyUnread !== undefined || otherKey === key;
