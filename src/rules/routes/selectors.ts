/** Which selectors a capability allows, for its initial routes and for those of operators. Pure. */
import { isShare, overlap, type Selector, selectorText, SHARE } from '../../domain/ownership/route.js';

export type SelectorCode = 'ROUTE_NAME_UNKNOWN' | 'ROUTE_VALUE_UNKNOWN' | 'ROUTE_SHARE_INVALID' | 'ROUTES_OVERLAP';

export interface Unfit {
  readonly code: SelectorCode;
  readonly text: string;
}

type By = Readonly<Record<string, readonly string[]>>;

/** Why it could never match what it means to, or would match nothing; null: it is allowed. */
export function unfit({ context, share }: Selector, by: By): Unfit | null {
  for (const name of Object.keys(context)) {
    const values = Object.hasOwn(by, name) ? by[name] : undefined;
    const known = Object.keys(by).filter((each) => each !== SHARE);
    if (values === undefined)
      return {
        code: 'ROUTE_NAME_UNKNOWN',
        text: `nothing is routed by ${name}, only by ${listOf([...known, SHARE])}`,
      };
    const value = context[name];
    if (typeof value !== 'string' || !values.includes(value))
      return {
        code: 'ROUTE_VALUE_UNKNOWN',
        text: `${name} ${JSON.stringify(value)} is none of those that are routed: ${listOf(values)}`,
      };
  }
  return share === undefined || isShare(share) ? null : { code: 'ROUTE_SHARE_INVALID', text: SHARE_TEXT };
}

const SHARE_TEXT =
  'a share is two numbers from 0 to 100 with two decimals at most, the second above the first: [0, 25]';

/** Two that are not one and the same, and of which neither would win. Null: there are none. */
export function overlapping(selector: Selector, others: readonly Selector[]): Unfit | null {
  const own = selectorText(selector);
  const other = others.find((each) => selectorText(each) !== own && overlap(selector, each));
  if (other === undefined) return null;
  const text = `${named(selector)} and ${named(other)} are equally specific, and one aggregate may fit both`;
  return { code: 'ROUTES_OVERLAP', text };
}

const named = (selector: Selector): string => selectorText(selector) || 'the one of all';

const listOf = (values: readonly string[]): string => (values.length === 0 ? 'nothing' : values.join(', '));
