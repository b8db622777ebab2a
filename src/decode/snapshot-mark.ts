/** What a row's source block tells of a snapshot that it belongs to. Pure. */
import type { SnapshotMark } from '../domain/source/change-event.js';
import type { Connector } from './connectors/connector.js';
import type { JsonObject } from './envelope.js';

/** Damage is not to be taken for a snapshot of its own: what that does not show counts as gone. Booleans were written before 2.0 only. */
export function isSnapshotKnown({ generation }: SnapshotMark, { snapshot }: JsonObject): boolean {
  return typeof snapshot === 'string' && (generation !== null || snapshot === 'incremental');
}

/** Older connectors write a boolean; a word that is not known is one of a snapshot. */
export const isInSnapshot = ({ snapshot }: JsonObject): boolean =>
  snapshot !== undefined && snapshot !== null && snapshot !== false && snapshot !== 'false';

/** Incremental snapshots carry a position of the stream, which is not one of their own. */
export function snapshotMark(source: JsonObject, connector: Connector): SnapshotMark {
  const isIncremental = source.snapshot === 'incremental';
  return {
    generation: isIncremental ? null : connector.snapshotPosition(source),
    isLast: source.snapshot === 'last',
  };
}
