/** A member that was stopped while another took over finds what looks like a loss; nobody is called for it. Found by the simulation. */
import { expect, it } from 'vitest';
import { DragomanError } from '../../../../src/errors.js';
import { readRecording } from '../../../support/recordings.js';
import { replaced } from '../../../support/replaced.js';
import { retailerRules, Rig } from '../../../support/rig.js';

async function tells(isOwner: boolean): Promise<{ kind: string; failed: string[] }> {
  const rig = new Rig(readRecording('postgres/01-lifecycle'), { rules: await retailerRules() });
  const ports = rig.ports();
  const refused = new DragomanError('PROGRESS_LOST', 'there are decisions, and no progress');
  const sink = replaced(ports.sink, { progress: () => Promise.reject(refused) });
  const source = replaced(ports.source, { confirmOwned: () => Promise.resolve(isOwner) });
  const { kind } = await rig.live({ ...ports, sink, source });
  return { kind, failed: rig.told.flatMap((event) => (event.kind === 'failed' ? [event.code] : [])) };
}

it('refuses for a person only while the group says that it is the owner', async () => {
  expect(await tells(true)).toEqual({ kind: 'refused', failed: ['PROGRESS_LOST'] });
  expect(await tells(false)).toEqual({ kind: 'fenced', failed: [] });
});
