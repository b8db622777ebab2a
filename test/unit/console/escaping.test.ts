/** Whatever rows, rules, brokers and operators say stays text on every page. */
import { describe, expect, it } from 'vitest';
import type { Commands } from '../../../src/console/answers/commands.js';
import type { Consumers, ContractOne, Contracts } from '../../../src/console/answers/contracts.js';
import type { Flow } from '../../../src/console/answers/flow.js';
import type { Findings, Migration, Plan } from '../../../src/console/answers/migration.js';
import type { CapabilityParity, Finding, Parity } from '../../../src/console/answers/parity.js';
import type { ParkedOne, ParkedPage } from '../../../src/console/answers/parked.js';
import type { Rules } from '../../../src/console/answers/rules.js';
import type { HeldUp, WaitingPage, WaitingQuery } from '../../../src/console/answers/waiting.js';
import { commandsContent } from '../../../src/console/pages/commands.js';
import { contractContent, contractsContent } from '../../../src/console/pages/contracts.js';
import { decidedContent, heldContent } from '../../../src/console/pages/deciding.js';
import { flowContent } from '../../../src/console/pages/flow.js';
import { page } from '../../../src/console/pages/layout.js';
import { problemContent } from '../../../src/console/pages/login.js';
import { partContent } from '../../../src/console/pages/migration/one.js';
import { migrationContent } from '../../../src/console/pages/migration/overview.js';
import { findingContent } from '../../../src/console/pages/migration/parity.js';
import { discrepancyContent } from '../../../src/console/pages/reconciliation/one.js';
import { reconciliationContent } from '../../../src/console/pages/reconciliation/overview.js';
import type { DiscrepancyOne, Reconciliation } from '../../../src/console/answers/reconciliation.js';
import { parkedContent } from '../../../src/console/pages/parked.js';
import { parkedOneContent } from '../../../src/console/pages/parked-one.js';
import { eventContent } from '../../../src/console/pages/one/event.js';
import { searchContent, whyContent } from '../../../src/console/pages/one/why.js';
import { rulesContent } from '../../../src/console/pages/rules.js';
import { waitingContent } from '../../../src/console/pages/waiting.js';
import { NO_COUNTS } from '../../../src/pipeline/parity/figures.js';
import type { Answer, FactAnswer } from '../../../src/why/answer.js';
import type { EventAnswer } from '../../../src/why/event.js';

describe('text of others', () => {
  const HOSTILE = `</title><script>alert(1)</script><img src=x onerror='alert(2)'>" onload="alert(3)`;
  const at = '2026-11-21T09:52:57.000Z';
  const refusal = { code: HOSTILE, text: HOSTILE };
  const caller = { role: 'operator', name: HOSTILE } as const;
  const held = { transaction: HOSTILE, code: HOSTILE, text: HOSTILE, isWaitedFor: true, sinceMs: 1 };
  const source = { source: HOSTILE, lagRecords: 1, lagSeconds: 1, openTransactions: 1, heldRows: 1, held: [held] };
  const flow: Flow = {
    ...{ schema: 'dragoman.http/flow@1', asOf: at },
    pipelines: [
      {
        ...{ pipeline: HOSTILE, sources: [source], parked: { total: 1, byCode: { [HOSTILE]: 1 } }, problem: HOSTILE },
        tasks: [{ task: HOSTILE, state: HOSTILE, reason: HOSTILE, failure: refusal }],
      },
    ],
    published: {
      ...{ since: at, minutesFrom: at, uncounted: 1 },
      series: [{ event: HOSTILE, version: 2, name: HOSTILE, value: HOSTILE, counts: [1, 1] }],
    },
  };
  const one: ParkedOne = {
    ...{ schema: 'dragoman.http/parked-one@1', pipeline: HOSTILE, aggregate: HOSTILE, id: HOSTILE, ...refusal },
    ...{ severity: 'high', since: at, more: 1, isPersonalShown: false, advice: { retry: HOSTILE, discard: HOSTILE } },
    waiting: [
      {
        ...{ changeSet: HOSTILE, kind: HOSTILE, committed: at, refusal, changesLeftOut: 1 },
        changes: [
          { table: HOSTILE, key: HOSTILE, op: HOSTILE, row: { [HOSTILE]: HOSTILE, b: [HOSTILE] }, refusal: null },
          { table: HOSTILE, key: HOSTILE, op: 'u', row: null, refusal },
        ],
      },
    ],
    now: { events: [{ topic: HOSTILE, type: HOSTILE, sequence: 1, id: HOSTILE }], parked: refusal, refused: null },
  };
  const parked: ParkedPage = {
    ...{ schema: 'dragoman.http/parked@1', pipeline: HOSTILE, asOf: at, total: 1, page: 1, pages: 2 },
    ...{ byCode: { [HOSTILE]: 1 }, bySeverity: { [HOSTILE]: 1 } },
    parked: [{ aggregate: HOSTILE, id: HOSTILE, code: HOSTILE, severity: 'low', since: at, waiting: 1 }],
  };
  const promise: Contracts['contracts'][number] = {
    ...{ event: HOSTILE, version: 2, topic: HOSTILE, key: HOSTILE, owner: HOSTILE, meaning: HOSTILE },
    ...{ stability: 'deprecated', sunset: HOSTILE, replacedBy: HOSTILE, lastMinute: 1, lastHour: 1 },
  };
  const contracts: Contracts = { schema: 'dragoman.http/contracts@1', since: at, contracts: [promise] };
  const contract: ContractOne = {
    ...{ ...promise, schema: 'dragoman.http/contract@1', certainty: HOSTILE, notSentWhen: HOSTILE, jsonSchema: {} },
    fields: [{ name: HOSTILE, type: HOSTILE, class: HOSTILE, isRequired: true, isMetadata: false }],
    example: { [HOSTILE]: HOSTILE },
    facts: [{ fact: HOSTILE, aggregate: HOSTILE, kind: HOSTILE, importance: HOSTILE, conditions: [HOSTILE] }],
  };
  const group = { group: HOSTILE, lagRecords: 1, readUpTo: at };
  const consumers: Consumers = {
    schema: 'dragoman.http/consumers@1',
    topic: HOSTILE,
    asOf: at,
    groups: [group],
    notLookedAt: 1,
  };
  const rules: Rules = {
    ...{ schema: 'dragoman.http/rules@1', digest: HOSTILE },
    facts: [{ ...contract.facts[0]!, contracts: [HOSTILE] }],
    tables: [{ table: HOSTILE, key: [HOSTILE], columns: 1 }],
  };
  const outcomes = [1, 2].map(() => ({ task: HOSTILE, result: 'applied' as const, text: HOSTILE }));
  const about = { id: HOSTILE, pipeline: HOSTILE, subject: HOSTILE, reason: HOSTILE, by: HOSTILE, at: HOSTILE };
  const commands: Commands = {
    ...{ schema: 'dragoman.http/commands@1', unreadable: 1, earlier: true },
    commands: [{ ...about, kind: 'unpark', isCarriedOut: true, outcomes }],
  };
  const behind = { aggregate: HOSTILE, fact: HOSTILE, importance: 'high', withinSeconds: 1 } as const;
  const holds = { name: HOSTILE, holds: false } as const;
  const waiting: WaitingPage = {
    ...{ schema: 'dragoman.http/waiting@1', pipeline: HOSTILE, asOf: at, isAll: false, clock: at, lookedAt: 1 },
    ...{ facts: [{ ...behind, overdue: 1, behind: 1, awaited: 1 }], total: 1, page: 1, pages: 2 },
    waiting: [
      {
        ...{ aggregate: HOSTILE, id: HOSTILE, fact: HOSTILE, state: 'overdue', since: at, due: at },
        ...{ overdueSeconds: 1, isParked: true, conditions: [holds] },
      },
    ],
  };
  const filter: WaitingQuery = { ...{ aggregate: HOSTILE, fact: HOSTILE, condition: HOSTILE, order: 'due', page: 1 } };
  const heldUp: HeldUp = {
    ...{ schema: 'dragoman.http/held-up@1', pipeline: HOSTILE, asOf: at, isAll: true },
    facts: [
      {
        ...{ aggregate: HOSTILE, fact: HOSTILE, waiting: 2, lookedAt: 1 },
        conditions: [{ name: HOSTILE, unmet: 1, unknown: 1, failed: 1 }],
      },
    ],
  };
  const origin = { source: HOSTILE, transaction: HOSTILE, position: HOSTILE, committed: at };
  const entry = { partition: 0, offset: 1 };
  const row = { table: HOSTILE, key: HOSTILE, op: HOSTILE, was: { [HOSTILE]: HOSTILE }, is: { [HOSTILE]: [HOSTILE] } };
  const fact: FactAnswer = {
    ...{ fact: HOSTILE, kind: 'milestone', importance: 'high', contracts: [HOSTILE], moreOccurrences: 1 },
    expected: { dueAt: at, isOverdue: true, toldAt: at },
    occurrences: [
      {
        ...{ occurrence: HOSTILE, how: 'withheld', origin, entry, digest: HOSTILE, rows: [row], moreRows: 1 },
        ...{ cameTrue: [HOSTILE], events: [], withheld: [{ contract: HOSTILE, reason: HOSTILE }] },
        intervention: HOSTILE,
      },
    ],
    misses: [
      {
        ...{ why: 'unmet', row: HOSTILE, origin },
        conditions: [
          {
            ...{ ...holds, failure: HOSTILE, moreReads: 1 },
            reads: [
              {
                table: HOSTILE,
                key: HOSTILE,
                column: HOSTILE,
                value: HOSTILE,
                wrote: { kind: 'entry', origin, entry },
              },
            ],
          },
        ],
      },
    ],
    moreMisses: 1,
  };
  const answer: Answer = {
    ...{ schema: 'dragoman/why@1', pipeline: HOSTILE, aggregate: HOSTILE, id: HOSTILE, standing: 'parked' },
    parked: { ...refusal, since: at, changeSets: 1, first: HOSTILE },
    behind: { records: 1, seconds: 1, passed: HOSTILE },
    held: [{ source: HOSTILE, transaction: HOSTILE, ...refusal, isWaitedFor: true, since: at }],
    heldUnknown: HOSTILE,
    unknownTables: [HOSTILE],
    rules: { asked: HOSTILE, running: 'other', last: null, kept: 'another' },
    facts: [fact, { ...fact, occurrences: [] }],
    seen: [
      {
        ...{ origin, outcome: HOSTILE, entry, digest: HOSTILE, rows: [row], moreRows: 1 },
        ...{ events: [{ id: HOSTILE, type: HOSTILE }], refusal, intervention: HOSTILE, isSealed: true },
        deadlines: [{ fact: HOSTILE, dueAt: at, became: 'overdue', unmet: [HOSTILE] }],
      },
    ],
    ...{
      moreSeen: 1,
      historyEnd: 'deleted',
      historyMissing: 1,
      foundVia: [{ table: HOSTILE, via: HOSTILE }],
      clock: at,
    },
  };
  const event: EventAnswer = {
    ...{ schema: 'dragoman/event@1', pipeline: HOSTILE, id: HOSTILE, type: HOSTILE, topic: HOSTILE },
    ...{ partition: 0, offset: 1, sequence: 1, value: { [HOSTILE]: HOSTILE }, aggregate: HOSTILE, key: HOSTILE },
    ...{ fact: HOSTILE, occurrence: HOSTILE, cause: HOSTILE, digest: HOSTILE },
    repairs: [
      {
        ...{ repair: HOSTILE, to: HOSTILE, events: [HOSTILE], discrepancies: [HOSTILE], by: HOSTILE, reason: HOSTILE },
        origin: { source: HOSTILE, transaction: HOSTILE, position: HOSTILE, committed: at },
      },
    ],
    decision: { origin, entry, rows: [row], moreRows: 1 },
  };
  const search = {
    aggregates: [HOSTILE],
    aggregate: HOSTILE,
    id: HOSTILE,
    pipelines: [HOSTILE, 'b'],
    pipeline: HOSTILE,
  };
  const decided = {
    schema: 'dragoman.http/decided@1',
    id: HOSTILE,
    result: 'refused',
    text: HOSTILE,
    parked: refusal,
  } as const;

  const next = { to: 'legacy', at, by: HOSTILE, waits: 'service', isOverdue: true } as const;
  const owned = { service: 1, legacy: 1, open: 1, owed: 1 };
  const capability: Migration['capabilities'][number] = {
    ...{ capability: HOSTILE, owner: 'sticky', selectors: [HOSTILE], leftOut: 1 },
    contracts: [
      { contract: HOSTILE, parts: [{ selector: HOSTILE, stage: 'service', epoch: 1, but: [HOSTILE], next }], owned },
      {
        contract: `${HOSTILE} 2`,
        parts: [{ selector: HOSTILE, stage: 'service', epoch: null, but: [HOSTILE], next }],
        owned,
      },
    ],
    routes: [
      {
        ...{ route: HOSTILE, contract: HOSTILE, selector: HOSTILE, stage: 'service', epoch: 1 },
        ...{ at, by: HOSTILE, reason: HOSTILE, next, apart: [HOSTILE] },
      },
    ],
  };
  const migration: Migration = {
    ...{ schema: 'dragoman.http/migration@1', pipeline: HOSTILE, asOf: at, clock: at },
    capabilities: [capability],
  };
  const findings: Findings = {
    ...{ schema: 'dragoman.http/findings@1', asOf: at, lookedAt: 1, isAll: false },
    findings: [{ ...refusal, producer: HOSTILE, key: HOSTILE, at, topic: HOSTILE, partition: 0, offset: HOSTILE }],
  };
  const figures = { pairs: 1, percent: 0, counts: { ...NO_COUNTS, different: 1 } };
  const accepted = { until: at, by: HOSTILE, reason: HOSTILE, signature: HOSTILE };
  const kind = { contract: HOSTILE, class: 'different', signature: HOSTILE, count: 1 } as const;
  const compared: CapabilityParity = {
    ...{ capability: HOSTILE, gate: { equal: 1, overHours: 1, pairs: 1 }, findingsLeftOut: 1 },
    parts: [{ contract: HOSTILE, selector: HOSTILE, ...figures }],
    trend: { from: at, contracts: [{ contract: HOSTILE, pairs: [1, 1], wrong: [1, 1] }] },
    findings: [
      { ...kind, accepted },
      { ...kind, accepted: null },
    ],
  };
  const parity: Parity = {
    ...{ schema: 'dragoman.http/parity@1', pipeline: HOSTILE, asOf: at },
    capabilities: [compared],
  };
  const finding: Finding = {
    ...{ ...kind, schema: 'dragoman.http/parity-finding@1', pipeline: HOSTILE, capability: HOSTILE, overHours: 1 },
    ...{ routes: [{ route: HOSTILE, count: 1 }], accepted },
    examples: [
      {
        ...{ route: HOSTILE, aggregate: HOSTILE, id: HOSTILE, occurrence: HOSTILE, eventId: HOSTILE },
        ...{ at, isSealed: false, differences: [{ path: HOSTILE, legacy: HOSTILE, service: HOSTILE }] },
      },
    ],
  };
  const planMove = {
    route: HOSTILE,
    contract: HOSTILE,
    from: 'legacy',
    to: 'service',
    epoch: 1,
    at,
    text: HOSTILE,
  } as const;
  const plan: Plan = {
    ...{ schema: 'dragoman.http/migration-plan@1', pipeline: HOSTILE, capability: HOSTILE, selector: HOSTILE },
    ...{ refused: null, gate: [{ route: HOSTILE, reasons: [HOSTILE] }] },
    commands: [
      { kind: 'route.move', contracts: [HOSTILE], epoch: 0, moves: [planMove] },
      { kind: 'route.take-over', contracts: [HOSTILE], epoch: 0, moves: [] },
    ],
  };
  const part = {
    asked: { capability: HOSTILE, selector: HOSTILE, contract: HOSTILE, to: 'service', at: HOSTILE },
    ...{ pipeline: HOSTILE, capability, compared: compared.parts, caller },
  } as const;
  const found = {
    ...({
      id: HOSTILE,
      check: HOSTILE,
      class: 'missing',
      state: 'open',
      severity: 'high',
      aggregate: HOSTILE,
    } as const),
    ...{ businessKey: HOSTILE, contract: HOSTILE, firstSeen: at, lastSeen: at },
  };
  const reconciliation: Reconciliation = {
    ...{ schema: 'dragoman.http/reconciliation@1', pipeline: HOSTILE, asOf: at, checks: [HOSTILE] },
    runs: [
      {
        ...{
          check: HOSTILE,
          run: HOSTILE,
          by: HOSTILE,
          startedAt: at,
          at,
          state: 'failed',
          text: HOSTILE,
          done: 1,
          of: 2,
        },
        ...{ secondsLeft: 1, counts: { [HOSTILE]: 1 }, found: 1, settled: 1, beyond: 1, lastDoneAt: at },
      },
    ],
    figures: [{ check: HOSTILE, class: 'missing', open: 1, accepted: 1, oldest: at }],
    ...{ total: 51, page: 1, pages: 2, discrepancies: [found] },
  };
  const discrepancy: DiscrepancyOne = {
    ...{ schema: 'dragoman.http/discrepancy@1', pipeline: HOSTILE, ...found, subject: { [HOSTILE]: HOSTILE } },
    ...{
      owner: HOSTILE,
      until: at,
      by: HOSTILE,
      at,
      reason: HOSTILE,
      ours: HOSTILE,
      theirs: HOSTILE,
      fields: [HOSTILE],
    },
  };
  const askedOf = {
    query: { check: HOSTILE, contract: HOSTILE, state: 'open', page: 1 },
    pipelines: [HOSTILE, 'b'],
  } as const;

  it.each([
    ['flow', () => flowContent(flow, HOSTILE, [HOSTILE])],
    ['parked', () => parkedContent(parked, { aggregate: HOSTILE, page: 1 }, [HOSTILE, 'b'])],
    ['parked one', () => parkedOneContent(one, { caller, mayShowPersonal: true })],
    ['held', () => heldContent({ pipeline: HOSTILE, source: HOSTILE, held, caller })],
    ['contracts', () => contractsContent(contracts)],
    ['contract', () => contractContent(contract, consumers)],
    ['contract without consumers', () => contractContent(contract, HOSTILE)],
    ['rules', () => rulesContent(rules, [heldUp, { ...heldUp, isAll: false }])],
    ['rules without what waits', () => rulesContent(rules, [HOSTILE])],
    ['waiting', () => waitingContent(waiting, filter, [HOSTILE, 'b'])],
    ['migration', () => migrationContent(migration, { findings, parity }, [HOSTILE, 'b'])],
    ['migration alone', () => migrationContent(migration, { findings: HOSTILE, parity: HOSTILE }, [HOSTILE])],
    ['finding of parity', () => findingContent(finding, caller)],
    ['finding of parity that counts', () => findingContent({ ...finding, accepted: null }, caller)],
    ['reconciliation', () => reconciliationContent(reconciliation, askedOf, caller)],
    ['a discrepancy', () => discrepancyContent(discrepancy, caller)],
    ['a discrepancy that is accepted', () => discrepancyContent({ ...discrepancy, state: 'accepted' }, caller)],
    ['a discrepancy that is repaired', () => discrepancyContent({ ...discrepancy, state: 'repaired' }, caller)],
    ['a planned move', () => partContent({ ...part, plan })],
    ['a refused move', () => partContent({ ...part, plan: { ...plan, refused: HOSTILE } })],
    ['search', () => searchContent(search)],
    ['why', () => whyContent(search, answer, { aggregate: HOSTILE, id: HOSTILE, max: 20 })],
    ['event', () => eventContent(search, event)],
    ['event of which little is known', () => eventContent(search, { ...event, value: null, decision: null })],
    ['commands', () => commandsContent(commands)],
    ['decided', () => decidedContent(decided)],
    ['problem', () => problemContent(500, HOSTILE, HOSTILE)],
  ])('stays text: %s', (_, make) => {
    const frame = { version: HOSTILE, asset: (name: string) => name };
    const text = page(frame, { title: HOSTILE, at: '', caller, body: make() });
    expect(text).toContain('&lt;script&gt;alert(1)');
    expect(text).not.toMatch(/<script>|<img src=x|onerror='|" onload=/);
  });
});
