/** A pipeline in memory over recorded orders whose contracts may be moved by market, and what a service writes into their topic. */
import type { Cell } from '../../../src/pipeline/ports.js';
import { capability, type CapabilityOptions } from '../../../src/rules/routes/capability.js';
import { routedContracts } from '../../../src/rules/routes/compile-capabilities.js';
import { readRecording } from '../recordings.js';
import { retailerRules, Rig } from '../rig.js';
import { type AsTold, toldBy } from './service-events.js';

/** Of the recording; nobody moves all of them. */
export const MARKETS = ['DE', 'FR', 'IT'] as const;
/** In the midst of the recording: what is moved from then on is moved at once. */
export const MOVED_AT = '2026-11-21T09:52:40.700Z';

export async function movableOrders(more: Partial<CapabilityOptions> = {}): Promise<Rig> {
  const { rules, digest } = await retailerRules();
  const { contracts } = rules;
  const fulfilment = capability('fulfilment', {
    ...{ contracts, by: { market: MARKETS }, initially: [{ context: { market: 'FR' }, stage: 'shadow' }] },
    ...more,
  });
  const routed = routedContracts([fulfilment]);
  const nowMs = Date.parse('2026-11-21T10:00:00.000Z');
  const rig = new Rig(readRecording('postgres/01-lifecycle'), {
    rules: { digest, rules: { ...rules, routed } },
    nowMs,
  });
  await rig.live();
  return rig;
}

/** A service publishes the first event of the recording once more. @param others headers in the place of those that it should have. */
export async function intrude(rig: Rig, as: AsTold, others: Readonly<Record<string, string>> = {}): Promise<void> {
  const [first] = rig.published();
  if (first === undefined) throw new TypeError('nothing is published');
  const { key, value, headers } = toldBy(first, as);
  rig.log.append(`${first.topic}/0`, {
    timestampMs: Date.parse(MOVED_AT),
    key,
    value,
    headers: { ...headers, ...others },
  });
  await rig.live();
}

/** Beside what the pipeline has stored, which finds its own marker again. */
export async function storeBeside({ store }: Rig, cells: readonly Cell[]): Promise<void> {
  const marker = await store.marker();
  if (marker === null) throw new TypeError('nothing is stored');
  await store.save(marker, `${marker} `, cells);
  await store.save(`${marker} `, marker, []);
}
