/** New events of a batch -> their effects, as few calls as the order of each order's events allows. */
import { contractText } from '../../domain/integration-event.js';
import type { EventStanding, Reading, ReceivedEvent } from '../on.js';
import type { ReadEvent } from '../read/event.js';
import { orderText } from '../store/orders.js';
import { isValueRefused, isOfEvent, type Queries } from '../store/transaction.js';

export interface ToApply {
  readonly event: ReadEvent;
  readonly standing: EventStanding;
}

/** What an effect threw; the batch is undone. */
export class EffectFailed extends Error {
  override readonly name = 'EffectFailed';
}

/** @param error of a transaction in which effects were. @returns why, and whether it is the fault of an event. */
export const failureOf = (error: unknown): { readonly cause: unknown; readonly isOfEvent: boolean } =>
  error instanceof EffectFailed
    ? { cause: error.cause, isOfEvent: isOfEvent(error.cause) }
    : { cause: error, isOfEvent: isValueRefused(error) };

const WORDS_CHARS_MAX = 500;

export const effectWords = (cause: unknown): string =>
  `Its effect failed: ${(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)).slice(0, WORDS_CHARS_MAX)}`;

/** @throws EffectFailed */
export async function applyAll(readings: readonly Reading[], all: readonly ToApply[], tx: Queries): Promise<void> {
  for (const wave of wavesOf(all))
    for (const [contract, events] of wave) {
      const effect = readings.find((reading) => reading.contract === contract)?.effect as
        ((events: readonly ReceivedEvent[], tx: Queries) => unknown) | undefined;
      try {
        await effect?.(events.map(received), tx);
      } catch (cause) {
        throw new EffectFailed('An effect failed.', { cause });
      }
    }
}

type Wave = Map<ReadEvent['contract'], ToApply[]>;

/** Events of one contract are together; an order whose next event is of another contract begins a new wave. */
function wavesOf(all: readonly ToApply[]): Wave[] {
  const waves: Wave[] = [];
  const contractOf = new Map<string, ReadEvent['contract']>();
  let wave: Wave = new Map();
  for (const one of all) {
    const { contract, key, place } = one.event;
    const order = orderText({ topic: place.topic, key });
    const before = contractOf.get(order);
    if (before !== undefined && before !== contract) {
      waves.push(wave);
      wave = new Map();
      contractOf.clear();
    }
    contractOf.set(order, contract);
    const events = wave.get(contract);
    if (events === undefined) wave.set(contract, [one]);
    else events.push(one);
  }
  return [...waves, wave];
}

const received = ({ event, standing }: ToApply): ReceivedEvent => ({
  ...{ id: event.id, key: event.key, sequence: event.sequence, value: event.value, place: event.place, standing },
  contract: contractText(event.contract.name, event.contract.version),
});
