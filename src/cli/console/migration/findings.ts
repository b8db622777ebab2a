/** What was found in contract topics, out of the dead letters that tell of it, as `dragoman routes findings` reads them. Pure. */
import type { Findings } from '../../../console/answers/migration.js';
import { foundIn } from '../../routes/findings.js';
import type { LastRecords } from '../kafka-reads.js';

export function findingsIn({ records, earlier }: LastRecords, nowMs: number): Findings {
  const findings = records.flatMap(({ key, value }) => foundIn(key, value) ?? []);
  // Of one time the later ones in their partition first.
  findings.reverse().sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
  return {
    schema: 'dragoman.http/findings@1',
    ...{ asOf: new Date(nowMs).toISOString(), lookedAt: records.length, isAll: !earlier },
    findings: findings.map(({ producer, offset, ...found }) => ({
      ...{ ...found, producer: producer === '' ? null : producer, offset: String(offset) },
    })),
  };
}
