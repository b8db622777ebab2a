/** Keys under `registry`, and of each contract: where schemas are registered, and what of them goes with the events. */
import { z } from 'zod';
import { key, MINUTE_MS, optionalText, serverUrl, whole } from './key.js';

export const SUBJECT_STRATEGIES = ['topicRecord', 'record', 'topic'] as const;

export const registryKeys = z
  .strictObject({
    url: key(
      serverUrl(['http', 'https'], '; or leave it out and set registry.username and registry.password')
        .nullable()
        .default(null),
      'Schema registry with the API of Confluent, for sources in Avro and for contracts; with Apicurio `http://host:8080/apis/ccompat/v7` ' +
        '(docs/registry.md). Null: there is none.',
      { secret: 'url' },
    ),
    username: key(optionalText(), 'User name, for HTTP basic authentication.'),
    password: key(optionalText(), 'Password of that user.', { secret: 'whole' }),
    token: key(optionalText(), 'Bearer token, instead of user name and password.', { secret: 'whole' }),
    caFile: key(
      optionalText(),
      'PEM file of the authority that signed the registry; the system authorities when left out.',
    ),
    timeoutMs: key(whole(100, 2 * MINUTE_MS).default(5_000), 'Time for one answer.'),
    subjects: key(
      z.enum(SUBJECT_STRATEGIES).default('topicRecord'),
      'Subjects under which contracts are registered: `<topic>-<record>`, `<record>` or `<topic>-value`; the last is for topics with one type of event.',
    ),
  })
  .prefault({});

const contractName = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9]*(\.v[1-9]\d*)?$/,
    'expected the name of a contract, with its major version or without: Order.v1',
  );

export const contractKeys = key(
  z
    .record(
      contractName,
      z.strictObject({
        registry: key(
          z.enum(['none', 'header', 'prefix']).default('none'),
          'What its events say of their registered schema: nothing; its GUID in the header `__value_schema_id`, the value stays JSON; or its id in ' +
            'front of the value, which is no JSON then (docs/registry.md).',
        ),
      }),
    )
    .default({}),
  'Contracts by name, `Order` for all of its major versions or `Order.v1`, which wins. As a variable: YAML or JSON.',
);
