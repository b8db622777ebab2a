/** Why a command over routes is refused: the code begins the text of its outcome. docs/errors.md has this table. */
export const MOVE_REFUSALS = {
  ROUTE_CONTRACT_UNKNOWN: 'No capability of the rules has the contract, so Dragoman speaks under it.',
  ROUTE_CAPABILITIES: 'One command moves contracts of one capability.',
  ROUTE_NAME_UNKNOWN: 'Its capability is not moved by this name of the context.',
  ROUTE_VALUE_UNKNOWN: 'Its capability does not list this value: the route would match nothing.',
  ROUTE_SHARE_INVALID: 'A share is a part of 0 to 100 percent, with two decimals at most, that is not empty.',
  ROUTES_OVERLAP: 'Another route is equally specific, and one aggregate may fit both.',
  ROUTE_STANDS: 'The route is in this stage already, or on its way there.',
  ROUTE_MOVED_MEANWHILE: 'The route was moved after whoever sent the command had looked: look again.',
  ROUTE_AT_TOO_FAR: 'A move is for an instant within an hour after it was sent.',
  ROUTES_TOO_MANY: 'There are as many routes as one pipeline may have.',
  ROUTE_NOT_RETURNING: 'The route was not asked of its service by a move with this epoch, so nobody can take it over.',
} as const satisfies Record<string, string>;

export type MoveRefusal = keyof typeof MOVE_REFUSALS;
