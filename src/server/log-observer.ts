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
  const held = new Map<string, string | undefined>();
  return (event) => {
    switch (event.kind) {
      case 'consumed':
      case 'skipped':
      case 'duplicates':
      case 'stage':
      case 'stored':
      case 'idle':
        return logHum(log, event);
      case 'sequenced':
        if (event.held?.transaction !== held.get(event.source)) logHeld(log, event);
        held.set(event.source, event.held?.transaction);
        return logHum(log, event);
      case 'decided':
        logFindings(log, event);
        return logDecision(log, event);
      case 'sweep':
        return logSweep(log, event);
      case 'parked': {
        const { aggregate, id, refusal } = event;
        return log.warn({ code: refusal.code, aggregate, id }, `parked: ${refusal.text}`);
      }
      case 'unplaced': {
        const { table, key, refusal } = event;
        return log.warn({ code: refusal.code, table, key }, `no aggregate found: ${refusal.text}`);
      }
      case 'waiting': {
        const { aggregate, parent, rows } = event;
        return log.debug(
          { aggregate, parent, rows },
          rows === 0 ? 'no row waits any more' : 'rows wait for their parent',
        );
      }
      case 'unparked':
        return log.info({ code: event.code, aggregate: event.aggregate, id: event.id }, 'unparked');
      case 'command': {
        const { text, ...fields } = event.outcome;
        const level = fields.result === 'applied' ? 'info' : 'warn';
        return log[level](fields, `command ${fields.result}: ${text}`);
      }
      case 'commandsLost': {
        const { expectedOffset, foundOffset } = event;
        return log.error(
          { expectedOffset, foundOffset },
          'commands were lost before they were read: check and send them again',
        );
      }
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

function logHum(log: Logger, { kind, ...fields }: PipelineEvent): void {
  log.trace(fields, kind);
}

function logHeld(log: Logger, { source, held }: EventOf<'sequenced'>): void {
  if (held === null) return log.info({ source }, 'no transaction is held any more');
  const { code, transaction, text } = held;
  log.error({ code, source, transaction }, `transaction ${transaction} is held: ${text}`);
}

/** One line for each aggregate of which a snapshot found something. */
function logFindings(log: Logger, { entry: { aggregate, id, verdicts, rows } }: EventOf<'decided'>): void {
  const missed = verdicts.filter(({ verdict }) => verdict === 'missed').map(({ fact }) => fact);
  const vanished = rows.filter(({ op }) => op === 'vanished').map(({ table }) => table);
  if (missed.length === 0 && vanished.length === 0) return;
  log.warn({ aggregate, id, missed, vanished }, 'a snapshot shows changes that nobody read: publish or dismiss them');
}

function logSweep(log: Logger, { source, isDone, states, settled, seconds, uncovered }: EventOf<'sweep'>): void {
  const fields = { source, states, settled, seconds };
  if (!isDone) return log.debug(fields, 'holding states against the snapshot');
  log.info(fields, 'all states were held against the snapshot');
  if (uncovered.length === 0) return;
  log.warn(
    { source, tables: uncovered },
    'the snapshot had no row of these tables: what is known of them was not looked at',
  );
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
