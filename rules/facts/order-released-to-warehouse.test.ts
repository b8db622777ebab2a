import { given } from 'dragoman/testing';
import { it } from 'vitest';
import rules from '../index.js';
import { ordHdr } from '../tables/ord-hdr.js';
import { whsRel } from '../tables/whs-rel.js';
import { header } from './examples.js';

const release = { rel_no: '70015', ord_no: '4711', whs_cd: 'W02', rel_ts: '2026-11-21T09:53:02.118000Z' };
const released = { type: 'OrderReleasedToWarehouse', key: '4711' };

it('happens for each release', () => {
  given(rules)
    .transaction((t) => t.insert(ordHdr, header).insert(whsRel, release))
    .expect({
      ...released,
      data: { releaseNumber: '70015', warehouseCode: 'W02', releasedAt: '2026-11-21T09:53:02.118000Z' },
    })
    .transaction((t) => t.insert(whsRel, { ...release, rel_no: '70016', whs_cd: 'W07' }))
    .expect({ ...released, data: { releaseNumber: '70016' } });
});

it('does not happen again when a release is corrected, or deleted and entered again', () => {
  given(rules)
    .transaction((t) => t.insert(ordHdr, header).insert(whsRel, release))
    .transaction((t) => t.update(whsRel, { rel_no: '70015', whs_cd: 'W09' }))
    .expect()
    .transaction((t) => t.delete(whsRel, { rel_no: '70015' }))
    .expect()
    .transaction((t) => t.insert(whsRel, release))
    .expect();
});
