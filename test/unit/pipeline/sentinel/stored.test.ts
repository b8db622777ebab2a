/** Figures of the sentinel are cells of the state like all others: with recording 12, whose updates fill two windows. */
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../../src/adapters/memory/store.js';
import { FIGURES } from '../../../../src/pipeline/sentinel/sentinel.js';
import { StoredStates } from '../../../../src/pipeline/state/stored-states.js';
import { readRecording } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

waitsTakeNoTime();

const records = readRecording('postgres/12-bulk');
const DRAINED = { kind: 'drained' };

describe('figures', () => {
  it('are written with the decisions that filled a window, and not anew by another task', async () => {
    const rig = new Rig(records, { rules: await retailerRules() });
    expect(await rig.live()).toEqual(DRAINED);
    const figures = new Map(rig.stored().get(FIGURES));
    const rows = JSON.parse(figures.get('oms.ord_line\tu\tresv_flg') ?? '{}') as { readonly rows?: number };
    expect(rows.rows).toBe(2_000);
    expect(await rig.live()).toEqual(DRAINED);
    expect(new Map(rig.stored().get(FIGURES))).toEqual(figures);
  });

  it('are restored with everything else', async () => {
    const rig = new Rig(records, { rules: await retailerRules() });
    await rig.live();
    rig.store = new MemoryStore();
    expect(await rig.live()).toEqual(DRAINED);
    const found = new Map<string, string>();
    const marker = (await rig.store.marker()) ?? '';
    for await (const part of new StoredStates(rig.store).fields(marker, FIGURES))
      for (const [field, text] of part) found.set(field, text);
    expect(found).toEqual(new Map(rig.stored().get(FIGURES)));
    expect(found.size).toBeGreaterThan(0);
  });
});
