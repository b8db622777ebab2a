/**
 * Pipeline events as log lines. At info and above: what an operator acts on, with codes and the aggregate's key, never row data.
 * The hum of normal work is debug (commits, decisions) or trace (each batch and stage).
 */
import type { Observer, PipelineEvent } from '../pipeline/events.js';
import type { Logger } from './logger.js';

type EventOf<K extends PipelineEvent['kind']> = Extract<PipelineEvent, { kind: K }>;

/** One observer for each pipeline; every line carries its name. */
export function logObserver(logger: Logger, pipeline: string): Observer {
  const log = logger.child({ pipeline });
  return (event) => {
    switch (event.kind) {
      case 'consumed':
      case 'skipped':
      case 'duplicates':
      case 'sequenced':
      case 'stage':
      case 'stored':
      case 'idle': {
        const { kind, ...fields } = event;
        return log.trace(fields, kind);
      }
      case 'decided':
        return logDecision(log, event);
      case 'parked': {
        const { aggregate, id, refusal } = event;
        return log.warn({ code: refusal.code, aggregate, id }, `parked: ${refusal.text}`);
      }
      case 'unplaced': {
        const { table, key, refusal } = event;
        return log.warn({ code: refusal.code, table, key }, `no aggregate found: ${refusal.text}`);
      }
      case 'unparked':
        return log.info({ code: event.code, aggregate: event.aggregate, id: event.id }, 'unparked');
      case 'parkedBefore':
        return logParkedBefore(log, event);
      case 'committed':
        return logCommit(log, event);
      case 'restored': {
        const { states, seconds, whole } = event;
        const text = whole ? 'Redis restored from the whole journal' : 'Redis brought forward from the journal';
        return log.info({ states, seconds }, text);
      }
      case 'state':
        return logState(log, event);
      case 'failed':
        return logFailure(log, event);
    }
  };
}

function logDecision(log: Logger, { entry }: EventOf<'decided'>): void {
  if (!log.isLevelEnabled('debug')) return;
  const { aggregate, id, outcome, origin } = entry;
  const verdicts = entry.verdicts.map(({ fact, verdict }) => `${fact}: ${verdict}`);
  const events = entry.events.map(({ id: eventId, type, sequence }) => ({ id: eventId, type, sequence }));
  log.debug({ aggregate, id, outcome, transactionId: origin.transactionId, verdicts, events }, 'decided');
}

function logParkedBefore(log: Logger, { byCode }: EventOf<'parkedBefore'>): void {
  const aggregates = Object.values(byCode).reduce((sum, count) => sum + count, 0);
  if (aggregates > 0) log.warn({ aggregates, byCode }, 'aggregates are parked from before');
}

function logCommit(log: Logger, { result, seconds, published }: EventOf<'committed'>): void {
  if (result === 'committed') log.debug({ seconds, events: published.length }, 'committed');
  else log.warn({ seconds }, 'Kafka transaction failed; recovering');
}

function logState(log: Logger, { state, reason }: EventOf<'state'>): void {
  const fields = reason === null ? { state } : { state, reason };
  if (state === 'fenced') log.warn(fields, 'another member has taken the pipeline over');
  else log.info(fields, `task is ${state}`);
}

/** What passes by itself is a warning; what waits for a person is an error. */
function logFailure(log: Logger, { code, disposition, text }: EventOf<'failed'>): void {
  if (disposition === 'fatal') log.fatal({ code, disposition }, text);
  else if (disposition === 'refuse') log.error({ code, disposition }, text);
  else log.warn({ code, disposition }, text);
}
