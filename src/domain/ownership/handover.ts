/**
 * Handover records: what stands before one in its partition was published by the one owner, what stands behind it by the other. One is written
 * into every partition of the contract's topic, in the Kafka transaction that changes the stage. As records they are CloudEvents 1.0 in binary
 * mode, of a type of their own, so that readers of the contract skip them.
 */
import { z } from 'zod';
import { uuidOfName } from '../event-id.js';
import { PRODUCER_HEADER } from './headers.js';
import { isSelectable, isShare, routeText, selectorOf, STAGES, type Selector, type Stage } from './route.js';

export const HANDOVER_TYPE = 'dragoman.ownership.v1';
/** Characters of the value of one; more is not looked at. */
export const HANDOVER_CHARS_MAX = 8_192;

export interface Handover {
  readonly v: 1;
  /** `OrderReady.v1`. */
  readonly contract: string;
  readonly selector: Selector;
  /** Of the route, from here on. */
  readonly epoch: number;
  readonly from: Stage;
  readonly to: Stage;
  /** ISO-8601, UTC: holds from the first source transaction on that was not committed before it. */
  readonly at: string;
  readonly pipeline: string;
  readonly shard: number;
  readonly shards: number;
  readonly by: string;
  readonly reason: string;
  /** In the ownership topic only: the service is asked to hand over, and has not done so. */
  readonly asked?: true;
  /** An operator took the route from its service: what that has begun is its own no more. */
  readonly taken?: true;
}

const text = z.string().max(1_000);
const count = z.number().int().nonnegative();
const schema = z.object({
  v: z.literal(1),
  contract: text.min(1),
  selector: z.object({
    context: z.record(z.string(), z.string()).refine(isSelectable, 'no names and values of a context'),
    share: z.tuple([z.number(), z.number()]).refine(isShare).optional(),
  }),
  epoch: count,
  from: z.enum(STAGES),
  to: z.enum(STAGES),
  at: z.iso.datetime(),
  pipeline: text,
  shard: count,
  shards: count.min(1),
  by: text,
  reason: text,
  asked: z.literal(true).optional(),
  taken: z.literal(true).optional(),
});

/** Never throws. @returns why it is none. */
export function readHandover(value: string): Handover | string {
  if (value.length > HANDOVER_CHARS_MAX)
    return `It has ${value.length} characters; at most ${HANDOVER_CHARS_MAX} are read.`;
  let json: unknown;
  try {
    json = JSON.parse(value);
  } catch {
    return 'It is no JSON.';
  }
  const { success, data, error } = schema.safeParse(json);
  if (success) {
    const { asked, taken, selector, ...rest } = data;
    return {
      ...{ ...rest, selector: selectorOf(selector.context, selector.share) },
      ...(asked === undefined ? {} : { asked }),
      ...(taken === undefined ? {} : { taken }),
    };
  }
  const [issue] = error.issues;
  return `${issue?.path.join('.') || 'It'}: ${issue?.message ?? 'no handover record'}.`;
}

/** The same move has the same id in the same partition, whoever writes it and how often. @param partition null: the ownership topic. */
export const handoverId = (
  handover: Pick<Handover, 'contract' | 'selector' | 'epoch'>,
  partition: number | null,
): string => uuidOfName(JSON.stringify([routeText(handover), handover.epoch, partition]));

/** One record of a handover. */
export interface HandoverRecord {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface HandoverWriter {
  /** As events have it: CloudEvents `source`. */
  readonly source: string;
  /** See `headers.ts`. */
  readonly producer: string;
}

/** The record of it in one partition of its contract's topic. */
export const handoverRecord = (
  handover: Handover,
  partition: number,
  { source, producer }: HandoverWriter,
): HandoverRecord => ({
  key: routeText(handover),
  value: JSON.stringify(handover),
  headers: {
    ce_specversion: '1.0',
    ce_id: handoverId(handover, partition),
    ce_source: source,
    ce_type: HANDOVER_TYPE,
    ce_time: handover.at,
    [PRODUCER_HEADER]: producer,
    'content-type': 'application/json',
  },
});

/** The record of it in the ownership topic, which keeps the newest of each shard. */
export const ownershipRecord = (handover: Handover, writer: HandoverWriter): HandoverRecord => {
  const { value, headers } = handoverRecord(handover, 0, writer);
  return { key: ownershipKey(handover), value, headers: { ...headers, ce_id: handoverId(handover, null) } };
};

export const ownershipKey = ({ pipeline, shard, ...route }: Handover): string =>
  `${pipeline} ${routeText(route)} ${shard}`;
