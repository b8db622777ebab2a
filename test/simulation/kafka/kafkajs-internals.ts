/** The inside of kafkajs 2.2.4 that the fake cluster stands on: it has no exports map, and it is frozen. */
import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);

export const { createErrorFromCode } = load('kafkajs/src/protocol/error.js') as {
  readonly createErrorFromCode: (code: number) => Error;
};

type ErrorOf<D> = new (text: string, details: D) => Error;

/** What kafkajs throws when a request was not answered: its types know of the names only. */
export const { KafkaJSConnectionError, KafkaJSConnectionClosedError, KafkaJSRequestTimeoutError } = load(
  'kafkajs/src/errors.js',
) as {
  readonly KafkaJSConnectionError: ErrorOf<{ readonly broker: string }>;
  readonly KafkaJSConnectionClosedError: ErrorOf<{ readonly host: string; readonly port: number }>;
  readonly KafkaJSRequestTimeoutError: ErrorOf<{ readonly broker: string }>;
};

/** Under NODE_ENV=test kafkajs asks more often and sooner. A seed means the same everywhere, so what production does is done. */
Object.assign(load('kafkajs/src/retry/defaults.test.js') as object, load('kafkajs/src/retry/defaults.js'));
