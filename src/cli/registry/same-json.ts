/** Whether two texts are the same JSON value: registries reorder and reformat what they are given. */
import { isDeepStrictEqual } from 'node:util';

export function sameJson(one: string, other: string): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(one), JSON.parse(other));
  } catch {
    return false; // no JSON is the same as nothing
  }
}
