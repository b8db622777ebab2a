/**
 * Whether what was moved fits the rules. Where it does not, Dragoman would speak beside the service, or a route could never be moved again: then
 * nothing is decided. Pure.
 */
import { routeText } from '../../domain/ownership/route.js';
import { DragomanError } from '../../errors.js';
import type { CompiledCapability } from '../../rules/routes/compile-capabilities.js';
import { unfit } from '../../rules/routes/selectors.js';
import type { Ownership, Standing } from '../progress/ownership.js';
import type { Routed } from './standing.js';

type Moved = Pick<Standing, 'contract' | 'selector' | 'stage' | 'isSticky'> & { readonly isUnderWay: boolean };

/** @param isPublished by any rules that decide. @throws DragomanError ROUTES_UNDECLARED */
export function checkDeclared(ownership: Ownership, routed: Routed, isPublished: (contract: string) => boolean): void {
  for (const route of movedIn(ownership)) {
    const { contract, stage } = route;
    const why = isPublished(contract) ? misfit(route, routed.get(contract)) : null;
    if (why !== null)
      throw new DragomanError(
        'ROUTES_UNDECLARED',
        `${routeText(route)} was moved, or is about to be (it is in stage ${stage}), and ${why}`,
        { details: { contract } },
      );
  }
}

const movedIn = ({ routes, pending }: Ownership): Moved[] => [
  ...routes
    .filter(({ epoch, returning }) => epoch > 0 || returning !== undefined)
    .map((route) => ({ ...route, isUnderWay: route.returning !== undefined })),
  ...pending.map(({ contract, selector, from }) => ({ contract, selector, stage: from, isUnderWay: true })),
];

function misfit(
  { contract, selector, stage, isSticky, isUnderWay }: Moved,
  capability: CompiledCapability | undefined,
): string | null {
  if (capability === undefined)
    return (
      `no capability of the rules has ${contract} any more: Dragoman would speak under it for all aggregates, beside the service. Put the contract ` +
      'back into a capability; to be rid of it, move its routes to legacy, and take the contract out of the publications as well.'
    );
  const { name, by } = capability;
  const wrong = unfit(selector, by);
  if (wrong !== null && (stage !== 'legacy' || isUnderWay || wrong.code === 'ROUTE_NAME_UNKNOWN'))
    return `the capability ${name} does not say so any more: ${wrong.text}. Put it back; what is in stage legacy may do without the value.`;
  const isOther = isSticky !== undefined && isSticky !== capability.isSticky;
  if (!isOther || (!isSticky && stage !== 'service')) return null;
  const [was, is] = isSticky ? ['sticky', 'immediate'] : ['immediate', 'sticky'];
  return (
    `its capability ${name} was ${was} then, and is ${is} now: aggregates would change hands without a fence. Say owner: '${was}'` +
    (isSticky ? '.' : ', until its routes are legacy’s again.')
  );
}
