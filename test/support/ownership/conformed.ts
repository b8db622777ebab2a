/** What `dragoman conform` says of the contract topics of a rig. */
import { Conformance } from '../../../src/cli/conform/conformance.js';
import { publishedOf } from '../../../src/cli/contracts/published.js';
import { configOf, type Rig } from '../rig.js';

export function conformOfRig(rig: Rig, topics: readonly string[]): string[] {
  const contracts = publishedOf(rig.settings().rules, configOf()).map(({ contract }) => contract);
  return topics.flatMap((topic) => {
    const partitions = rig.log.partitionsOf(topic);
    const conformance = new Conformance(
      topic,
      partitions.map(() => ({ isCut: false })),
      contracts,
    );
    for (const [partition, name] of partitions.entries())
      for (const { offset, timestampMs, key, value, headers } of rig.log.records(name))
        conformance.see({
          ...{ topic, partition, offset: String(offset), timestampMs, headers },
          ...{ key: key === null ? null : Buffer.from(key), value: value === null ? null : Buffer.from(value) },
        });
    conformance.end();
    return conformance.findings.map(({ code, text }) => `${code}: ${text}`);
  });
}
