/**
 * What Connect does at a crash (recordings, facts 7 to 9): it writes again from an earlier place, with identical content; what was
 * under way is there in parts; a transaction may go on with a second BEGIN, counting its rows anew.
 */
import { below, choices, type Choices } from '../choices.js';
import type { Emission } from './emission.js';
import type { CrashPlan } from './plan.js';

/** In order of place; a connector never starts again from before the place from which it started the last time. */
export function withCrashes(emissions: readonly Emission[], crashes: readonly CrashPlan[], seed: number): Emission[] {
  const random = choices(seed + 1);
  let written: readonly Emission[] = emissions;
  let floor = 0;
  [...crashes]
    .sort((a, b) => a.at - b.at)
    .forEach(({ at, back, kind }, i) => {
      const end = Math.max(floor, Math.round((at / 1_000) * written.length));
      const streamStart = written.slice(0, end).findLastIndex(({ kind: each }) => each === 'snapshot') + 1;
      const start = Math.max(end - back, streamStart, floor);
      const attempt = written.slice(start, end);
      const before = [...written.slice(0, start), ...(kind === 'torn' ? torn(attempt, random) : attempt)];
      const again = kind === 'recount' ? recounted(written, start) : written.slice(start);
      floor = before.length;
      written = [...before, ...again.map((each) => inRun(each, i + 1))];
    });
  return [...written];
}

/** Each topic has a beginning of it, END only what it counts is written before it. */
function torn(attempt: readonly Emission[], random: Choices): Emission[] {
  const kept = new Map<string, number>();
  const counts = new Map<string, number>();
  for (const { topic } of attempt) counts.set(topic, (counts.get(topic) ?? 0) + 1);
  for (const [topic, count] of counts) kept.set(topic, below(random, count + 1));
  const seen = new Map<string, number>();
  const lost = new Set<number>();
  return attempt.filter(({ topic, kind, commit }) => {
    const place = (seen.get(topic) ?? 0) + 1;
    seen.set(topic, place);
    if (kind === 'end' && lost.has(commit)) kept.set(topic, Math.min(kept.get(topic) ?? 0, place - 1));
    const isKept = place <= (kept.get(topic) ?? 0);
    if (!isKept) lost.add(commit);
    return isKept;
  });
}

/** From the middle of a transaction on: BEGIN again, its rows numbered from 1, END counts only those. */
function recounted(written: readonly Emission[], start: number): Emission[] {
  const rest = written.slice(start);
  const [first] = rest;
  const begin = written.slice(0, start).findLast(({ kind }) => kind === 'begin');
  if (first === undefined || begin?.commit !== first.commit || first.kind === 'begin' || first.commit < 0) return rest;
  const last = rest.findIndex(({ kind, commit }) => kind === 'end' && commit === first.commit);
  const counts = new Map<string, number>();
  const own = rest.slice(0, last + 1).map((each) => (each.commit === first.commit ? renumbered(each, counts) : each));
  return [begin, ...own, ...rest.slice(last + 1)];
}

function renumbered(each: Emission, counts: Map<string, number>): Emission {
  const { kind, table, value } = each;
  const total = () => [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (kind === 'row' && table !== null && value !== null) {
    counts.set(table, (counts.get(table) ?? 0) + 1);
    const order = { total_order: total(), data_collection_order: counts.get(table) };
    return { ...each, value: { ...value, transaction: { ...(value.transaction as object), ...order } } };
  }
  if (kind !== 'end') return each;
  const collections = [...counts].map(([name, count]) => ({ data_collection: name, event_count: count }));
  return { ...each, value: { ...value, event_count: total(), data_collections: collections } };
}

/** What differs in a copy: when the connector made it, and the number of its run (fact 8). */
function inRun(each: Emission, run: number): Emission {
  const { value, headers, kind } = each;
  const RUN = '__debezium.context.runId';
  const renamed = RUN in headers ? { ...headers, [RUN]: `run-${run}` } : headers;
  if (value === null || kind === 'begin' || kind === 'end') return { ...each, headers: renamed };
  return { ...each, headers: renamed, value: { ...value, ts_ms: Number(value.ts_ms) + 60_000 * run } };
}
