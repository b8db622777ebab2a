/** The command line of the demo. */
import { parseArgs } from 'node:util';

export interface Options {
  readonly isReal: boolean;
  readonly isMigration: boolean;
  /** Times the pace of the recording; Infinity for `max`. */
  readonly speed: number;
  /** With `isReal`: how many orders live. */
  readonly orders: number;
  readonly provider: 'auto' | 'docker' | 'native';
}

/** The recording takes 31 s; this makes it 26. */
export const DEFAULT_SPEED = 1.2;
const SPEED_MAX = 1_000;
const DEFAULT_ORDERS = 60;
const ORDERS_MAX = 1_000;
const PROVIDERS = ['auto', 'docker', 'native'] as const;

export const USAGE = `usage: npm run demo -- [OPTION...]

Shows how row changes of a legacy order database become business events. Without options it plays a recording
of a real connector, without any server.

  --speed N|max    play the recording at N times the pace at which it was made; default ${DEFAULT_SPEED} (26 seconds)
  --real           real PostgreSQL, Debezium, Kafka and Redis, with orders that live while you look
  --migration      on the same servers, in three minutes: a market moves to a new service and back, and both are killed
  --orders N       with --real: how many orders; default ${DEFAULT_ORDERS}
  --provider auto|docker|native
                   with --real, --migration: where the servers run; default auto: Docker when it works, else this machine
  --help           this text

exit codes: 0 ok, 1 internal, 2 usage, 3 events differ from what is expected, 5 servers cannot be had, 130 interrupted
examples:   npm run demo
            npm run demo -- --speed 4
            npm run demo -- --real --orders 30
            npm run demo -- --migration`;

export class UsageError extends Error {}

/** Null: the help is wanted. @throws UsageError */
export function readOptions(args: readonly string[]): Options | null {
  const values = parsed(args);
  if (values.help === true) return null;
  const provider = PROVIDERS.find((known) => known === values.provider);
  if (provider === undefined)
    throw new UsageError(`--provider is ${values.provider}; it may be ${PROVIDERS.join(', ')}`);
  return {
    isReal: values.real === true,
    isMigration: values.migration === true,
    speed: values.speed === 'max' ? Infinity : number('speed', values.speed, { min: 0.1, max: SPEED_MAX }),
    orders: Math.trunc(number('orders', values.orders, { min: 1, max: ORDERS_MAX })),
    provider,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        real: { type: 'boolean' },
        migration: { type: 'boolean' },
        speed: { type: 'string', default: String(DEFAULT_SPEED) },
        orders: { type: 'string', default: String(DEFAULT_ORDERS) },
        provider: { type: 'string', default: 'auto' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function number(name: string, text: string, { min, max }: { readonly min: number; readonly max: number }): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max) return value;
  throw new UsageError(`--${name} is ${text}; it must be a number from ${min} to ${max}`);
}
