/** Interventions over generated histories: the same however they are told, in however many lives and shards; and none changes no byte. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import type { LoadedRules } from '../../src/adapters/files/rules-loader.js';
import { intervention, type InterventionDefinition } from '../../src/rules/interventions/intervention.js';
import { owedEvents } from '../model/owed-events.js';
import { choices } from '../support/choices.js';
import { lives } from '../support/delivery/deliveries.js';
import { expectPublished } from '../support/delivery/pipeline.js';
import { expectPublishedAsWhole } from '../support/delivery/shards.js';
import { generated, type GeneratedHistory } from '../support/history/generated.js';
import { type HistoryPlan, historyPlan } from '../support/history/plan.js';
import { FAULTS } from '../support/pipeline/faults.js';
import type { RecordedRecord } from '../support/recordings.js';
import { retailerRules, Rig } from '../support/rig.js';
import { BY_MIA, isByMia, withInterventions } from '../support/sources/intervening-rules.js';
import { bench, consumed, mixPartitions, sequence } from '../support/sequencing.js';
import { waitsTakeNoTime } from '../support/waits.js';

waitsTakeNoTime();

let retailer: LoadedRules;
beforeAll(async () => {
  retailer = await retailerRules();
});

const instant = (ms: number): string => new Date(ms).toISOString();
const byTime = (ms: number): InterventionDefinition =>
  intervention(BY_MIA.name, { within: { from: instant(ms), until: instant(ms + 1) } });

/** Commit times of transactions that say something. */
const annotatedTimes = ({ history }: GeneratedHistory): number[] =>
  history.flatMap((each) => (each.kind === 'commit' && isByMia(each) ? [each.transaction.commitTsMs ?? 0] : []));

/** All that a pipeline wrote but how far it is. */
function written(rig: Rig, isProgressToo = false): string {
  const { state, journal, deadLetters, progress } = rig.settings().topics;
  const topics = [state, journal, deadLetters, ...retailer.rules.topics, ...(isProgressToo ? [progress] : [])];
  const records = topics.flatMap((topic) => rig.log.partitionsOf(topic).map((name) => [name, rig.log.records(name)]));
  return JSON.stringify(records);
}

async function lived(records: readonly RecordedRecord[], rules: LoadedRules): Promise<Rig> {
  const rig = new Rig(records, { rules });
  deepEqual(await rig.live(), { kind: 'drained' });
  return rig;
}

const crashes = ['replay', 'torn', 'recount'] as const;
const plan = historyPlan({ stepsMax: 12, unseen: true, annotations: true, marks: true, crashes: [...crashes] });

it('one that no transaction fits changes no byte', async () => {
  const never = [
    intervention('never', { within: { from: '1999-01-01T00:00:00Z', until: '2000-01-01T00:00:00Z' } }),
    intervention('nobody', { annotated: { prefix: 'nobody' } }),
  ];
  await fc.assert(
    fc.asyncProperty(
      historyPlan({ stepsMax: 12, unseen: true, annotations: true, crashes: ['replay', 'torn'] }),
      async (each) => {
        const { records } = generated(each);
        const plain = await lived(records, retailer);
        equal(
          written(await lived(records, withInterventions(retailer, never.slice(0, 1))), true),
          written(plain, true),
        );
        equal(written(await lived(records, withInterventions(retailer, never))), written(plain));
      },
    ),
    { numRuns: 25 },
  );
});

/** @returns facts that were learnt, and events that were published. */
async function toldAlike(each: HistoryPlan): Promise<readonly [number, number]> {
  const made = generated(each);
  const { records } = made;
  const told = await lived(records, withInterventions(retailer, [BY_MIA]));
  const times = annotatedTimes(made);
  const timed = await lived(records, withInterventions(retailer, times.map(byTime)));
  deepEqual(told.published(), timed.published());
  deepEqual(told.decisions(), timed.decisions());
  const learnt = told.journal().flatMap(({ verdicts }) => verdicts.filter(({ verdict }) => verdict === 'learnt'));
  return [learnt.length, told.published().length];
}

it('one that is told by annotation is the same as if it were told by time', async () => {
  let [facts, events] = [0, 0];
  await fc.assert(
    fc.asyncProperty(plan, async (each) => {
      const [learnt, published] = await toldAlike(each);
      facts += learnt;
      events += published;
    }),
    { numRuns: 50 },
  );
  expect(facts).toBeGreaterThan(10);
  expect(events).toBeGreaterThan(10);
});

const everywhere = (faults: Parameters<typeof lives>[0]) =>
  fc.record({
    plan,
    lives: fc
      .tuple(lives(faults), fc.constantFrom(1, 2, 3), fc.nat(3))
      .map(([each, shards, faulty]) => ({ ...each, shards, faulty })),
    changeSetsMax: fc.constantFrom(1_000, 1, 2),
  });

it('annotations are those of their transactions, in whatever order partitions are read', () => {
  let said = 0;
  fc.assert(
    fc.property(plan, fc.nat(1_000_000), (each, seed) => {
      const made = generated(each);
      const annotations = [{ prefix: 'oms.audit', content: { user: 'mia' } }];
      const records = consumed(made.records);
      const started = bench(records, { annotations });
      const out = sequence(mixPartitions(records, choices(seed)), started);
      equal(started.sequencer.held, null);
      const ofMia = new Set(
        made.history.flatMap((one) => (one.kind === 'commit' && isByMia(one) ? [String(one.transaction.txid)] : [])),
      );
      for (const step of out)
        if (step.kind === 'transaction') equal(step.annotations !== undefined, ofMia.has(step.id), step.id);
      said += ofMia.size;
    }),
    { numRuns: 200 },
  );
  expect(said).toBeGreaterThan(200);
});

it('publishes what the model owes without them, in as many lives as there may be, whatever fails', async () => {
  const rules = withInterventions(retailer, [BY_MIA]);
  await fc.assert(
    fc.asyncProperty(plan, lives(FAULTS), async (each, all) => {
      const made = generated(each);
      await expectPublished(made, all, owedEvents(made.history, isByMia), rules);
    }),
    { numRuns: 50 },
  );
});

it('shards come to the same, in as many lives as there may be, whatever fails', async () => {
  const rules = withInterventions(retailer, [BY_MIA]);
  await fc.assert(
    fc.asyncProperty(everywhere(FAULTS), async ({ plan: each, lives: all, changeSetsMax }) => {
      await expectPublishedAsWhole(generated(each), all, rules, changeSetsMax);
    }),
    { numRuns: 25 },
  );
});

it('rules that ask for annotations for the first time know those of transactions that were open then', async () => {
  await fc.assert(
    fc.asyncProperty(plan, fc.nat(1_000), async (each, cut) => {
      const made = generated(each);
      const { records } = made;
      const at = Math.round((cut / 1_000) * records.length);
      const before = new Rig(records.slice(0, at), { rules: retailer, shapedBy: records });
      deepEqual(await before.live(), { kind: 'drained' });
      const after = new Rig(records, { rules: withInterventions(retailer, [BY_MIA]) });
      after.goOnFrom(before);
      deepEqual(await after.live(), { kind: 'drained' });
      const passed = new Set(before.journal().flatMap(({ origin }) => origin.transactionId ?? []));
      const times = new Set(annotatedTimes(made));
      for (const { origin, outcome } of after.journal()) {
        if (origin.transactionId === null || passed.has(origin.transactionId)) continue;
        const isSaid = times.has(origin.commitTimeMs);
        ok(outcome !== (isSaid ? 'applied' : 'learnt'), `transaction ${origin.transactionId}: ${outcome}`);
      }
    }),
    { numRuns: 30 },
  );
});
