/** Published against expected: as sets, so that one missing and one doubled event do not look like none. Pure. */
import { eventName, type NaiveEvent } from './backlog/naive-scan.js';

type Named = Omit<NaiveEvent, 'transaction'>;

export interface EventDifference {
  readonly expected: number;
  readonly published: number;
  readonly missing: number;
  readonly twice: number;
  readonly unexpected: number;
}

export function compareEvents(expected: readonly Named[], published: readonly Named[]): EventDifference {
  const wanted = new Set(expected.map(eventName));
  const found = new Set<string>();
  let [twice, unexpected] = [0, 0];
  for (const event of published) {
    const name = eventName(event);
    if (found.has(name)) twice += 1;
    else if (!wanted.has(name)) unexpected += 1;
    found.add(name);
  }
  const missing = [...wanted].filter((name) => !found.has(name)).length;
  return { expected: wanted.size, published: published.length, missing, twice, unexpected };
}

export const isSame = ({ missing, twice, unexpected }: EventDifference): boolean => missing + twice + unexpected === 0;
