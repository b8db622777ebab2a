/** The API: all that the pages show and do, for programs. */
import { commandsSchema, decidedSchema, decisionBody } from '../answers/commands.js';
import { consumersSchema, contractOneSchema, contractQuery, contractsSchema } from '../answers/contracts.js';
import { flowSchema } from '../answers/flow.js';
import { findingsSchema, migrationQuery, migrationSchema, planQuery, planSchema } from '../answers/migration.js';
import { findingQuery, findingSchema, parityQuery, paritySchema } from '../answers/parity.js';
import { oneQuery, parkedOneSchema, parkedQuery, parkedSchema } from '../answers/parked.js';
import {
  discrepancyOneSchema,
  discrepancyQuery,
  reconciliationQuery,
  reconciliationSchema,
} from '../answers/reconciliation.js';
import { rulesSchema } from '../answers/rules.js';
import { heldUpQuery, heldUpSchema, waitingQuery, waitingSchema } from '../answers/waiting.js';
import { eventQuery, whyQuery } from '../answers/why.js';
import { answerSchema } from '../../why/answer.js';
import { eventAnswerSchema } from '../../why/event.js';
import type { ConsoleDesk } from '../desk.js';
import { type Endpoint, endpoint } from './endpoint.js';

export const endpointsOf = (desk: ConsoleDesk): readonly Endpoint[] => [
  endpoint({
    ...{ method: 'GET', path: '/flow', needs: 'viewer' },
    summary: 'What each pipeline does, how far it is behind, what is held, and what was published in the last hour.',
    answer: flowSchema,
    ask: () => desk.flow(),
  }),
  endpoint({
    ...{ method: 'GET', path: '/parked', needs: 'viewer' },
    summary: 'Aggregates that are parked, the most important first, a page at a time.',
    query: parkedQuery,
    answer: parkedSchema,
    ask: ({ query }) => desk.parked(query),
  }),
  endpoint({
    ...{ method: 'GET', path: '/parked/one', needs: 'viewer' },
    summary: 'Why one aggregate is parked, what waits, what a retry would do now, and what to do.',
    query: oneQuery,
    answer: parkedOneSchema,
    ask: ({ query, caller }) => desk.parkedOne(query, caller),
  }),
  endpoint({
    ...{ method: 'GET', path: '/waiting', needs: 'viewer' },
    summary: 'What is expected within a time and has not happened, and what it waits for, a page at a time.',
    query: waitingQuery,
    answer: waitingSchema,
    ask: ({ query }) => desk.waiting(query),
  }),
  endpoint({
    ...{ method: 'GET', path: '/waiting/conditions', needs: 'viewer' },
    summary: 'Which conditions hold up what is expected, by a bounded sample.',
    query: heldUpQuery,
    answer: heldUpSchema,
    ask: ({ query }) => desk.heldUp(query),
  }),
  endpoint({
    ...{ method: 'GET', path: '/migration', needs: 'viewer' },
    summary:
      'Who speaks for what: contracts by what they may be moved by, who moved them and why, and what is on its way.',
    query: migrationQuery,
    answer: migrationSchema,
    ask: ({ query }) => desk.migration(query),
  }),
  endpoint({
    ...{ method: 'GET', path: '/migration/plan', needs: 'viewer' },
    summary: 'What a move would come to, and whether it would be refused (`dragoman routes plan`). Nothing is sent.',
    query: planQuery,
    answer: planSchema,
    ask: ({ query }) => desk.plan(query),
  }),
  endpoint({
    ...{ method: 'GET', path: '/migration/findings', needs: 'viewer' },
    summary: 'What is wrong with records of contract topics that Dragoman did not write, one by one, the newest first.',
    answer: findingsSchema,
    ask: () => desk.findings(),
  }),
  endpoint({
    ...{ method: 'GET', path: '/parity', needs: 'viewer' },
    summary: 'How often a service on trial says the same as Dragoman, by part and by hour, and where it does not.',
    query: parityQuery,
    answer: paritySchema,
    ask: ({ query }) => desk.parity(query),
  }),
  endpoint({
    ...{ method: 'GET', path: '/parity/finding', needs: 'viewer' },
    summary: 'One kind of what is not the same: how often, where, whether it is accepted, and the newest examples.',
    query: findingQuery,
    answer: findingSchema,
    ask: ({ query }) => desk.finding(query),
  }),
  endpoint({
    ...{ method: 'GET', path: '/reconciliation', needs: 'viewer' },
    summary: 'What checks found, the most important first, a page at a time, and the last run of each check.',
    query: reconciliationQuery,
    answer: reconciliationSchema,
    ask: ({ query }) => desk.reconciliation(query),
  }),
  endpoint({
    ...{ method: 'GET', path: '/reconciliation/one', needs: 'viewer' },
    summary: 'One discrepancy: what both sides showed, since when, and how it stands.',
    query: discrepancyQuery,
    answer: discrepancyOneSchema,
    ask: ({ query }) => desk.discrepancy(query),
  }),
  endpoint({
    ...{ method: 'GET', path: '/contracts', needs: 'viewer' },
    summary: 'The events that are promised, and how often each is published.',
    answer: contractsSchema,
    ask: () => desk.contracts(),
  }),
  endpoint({
    ...{ method: 'GET', path: '/contracts/one', needs: 'viewer' },
    summary: 'The promise of one event: meaning, fields, example, and the facts that lead to it.',
    query: contractQuery,
    answer: contractOneSchema,
    ask: ({ query }) => desk.contract(query),
  }),
  endpoint({
    ...{ method: 'GET', path: '/contracts/consumers', needs: 'viewer' },
    summary: 'The consumer groups that read the topic of an event, and how far.',
    query: contractQuery,
    answer: consumersSchema,
    ask: async ({ query }) => desk.consumers((await desk.contract(query)).topic),
  }),
  endpoint({
    ...{ method: 'GET', path: '/rules', needs: 'viewer' },
    summary: 'What the rules are made of: facts with their conditions, and tables.',
    answer: rulesSchema,
    ask: () => desk.rules(),
  }),
  endpoint({
    ...{ method: 'GET', path: '/why', needs: 'viewer' },
    summary: 'What happened to one aggregate and because of what, and what did not and why not (`dragoman why`).',
    query: whyQuery,
    answer: answerSchema,
    ask: ({ query }) => desk.why(query),
  }),
  endpoint({
    ...{ method: 'GET', path: '/events/one', needs: 'viewer' },
    summary: 'From an event back to the decision, the rows and the rules that made it (`dragoman events show`).',
    query: eventQuery,
    answer: eventAnswerSchema,
    ask: ({ query }) => desk.event(query),
  }),
  endpoint({
    ...{ method: 'GET', path: '/commands', needs: 'viewer' },
    summary: 'The last decisions of operators: who, what, why, and what became of them.',
    answer: commandsSchema,
    ask: () => desk.commands(),
  }),
  endpoint({
    ...{ method: 'POST', path: '/commands', needs: 'operator' },
    summary: 'Decides: writes a command to the commands log and waits for a while for what becomes of it.',
    body: decisionBody,
    answer: decidedSchema,
    ask: ({ body, caller }) => desk.decide(body, caller),
  }),
];
