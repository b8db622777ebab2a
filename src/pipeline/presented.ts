/** What a pipeline tells, with aggregates as the rules call them now instead of by the names under which they are remembered. Pure. */
import type { CompiledRules } from '../rules/compile.js';
import { calledOf } from '../rules/named.js';
import type { Observer, PipelineEvent } from './events.js';

export function presented(rules: Pick<CompiledRules, 'aggregates'>, observe: Observer): Observer {
  const isRenamed = [...rules.aggregates.values()].some(({ name, called }) => name !== called);
  return isRenamed ? (event) => observe(called(event, rules)) : observe;
}

function called(event: PipelineEvent, rules: Pick<CompiledRules, 'aggregates'>): PipelineEvent {
  const now = <T extends { readonly aggregate: string }>(each: T): T => ({
    ...each,
    aggregate: calledOf(rules, each.aggregate),
  });
  if (event.kind === 'decided') return { ...event, entry: now(event.entry) };
  if (event.kind === 'pinned') return { ...event, all: event.all.map(now) };
  if (event.kind === 'parkedBefore') return { ...event, aggregates: event.aggregates.map(now) };
  return event.kind === 'parked' || event.kind === 'unparked' || event.kind === 'waiting' ? now(event) : event;
}
