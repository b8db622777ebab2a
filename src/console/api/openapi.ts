/** The OpenAPI document (3.1, whose schemas are JSON Schema 2020-12), made of the endpoints. The same code gives the same document. Pure. */
import { z } from 'zod';
import { API, type Endpoint } from './endpoint.js';

type Json = Readonly<Record<string, unknown>>;

export const openapi = (endpoints: readonly Endpoint[], version: string): Json => ({
  openapi: '3.1.0',
  info: {
    title: 'Dragoman',
    version,
    description:
      'What Dragoman does, and what operators decide. Fields are added within a version; none is taken away or changes its meaning.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: API }],
  security: [{ token: [] }, { session: [] }],
  paths: pathsOf(endpoints),
  components: {
    securitySchemes: {
      token: {
        type: 'http',
        scheme: 'bearer',
        description: 'A token of `dragoman token viewer` or `dragoman token operator`.',
      },
      session: { type: 'apiKey', in: 'cookie', name: 'dragoman_session', description: 'Of a browser that logged in.' },
    },
    schemas: {
      Problem: {
        type: 'object',
        description: 'RFC 9457.',
        required: ['type', 'title', 'status'],
        properties: {
          type: { type: 'string' },
          title: { type: 'string' },
          status: { type: 'integer' },
          detail: { type: 'string' },
          code: { type: 'string', description: 'Of docs/errors.md' },
        },
      },
    },
    responses: { Problem: problem('It was refused; `code` and `detail` say why.') },
  },
});

const problem = (description: string): Json => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

function pathsOf(endpoints: readonly Endpoint[]): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const endpoint of endpoints) (paths[endpoint.path] ??= {})[endpoint.method.toLowerCase()] = operation(endpoint);
  return paths;
}

const operation = ({ summary, needs, query, body, answer, path, method }: Endpoint): Json => ({
  summary,
  operationId: [method.toLowerCase(), ...path.split('/').filter((part) => part !== '')].join('-'),
  description: `Role ${needs}${needs === 'viewer' ? ' or operator' : ''}.`,
  ...(query === null ? {} : { parameters: parametersOf(query) }),
  ...(body === null
    ? {}
    : { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } } }),
  responses: {
    '200': { description: 'The answer.', content: { 'application/json': { schema: schemaOf(answer, 'output') } } },
    default: { $ref: '#/components/responses/Problem' },
  },
});

function parametersOf(query: z.ZodType): Json[] {
  const { properties = {}, required = [] } = schemaOf(query, 'input') as {
    readonly properties?: Readonly<Record<string, Json>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    ...{ name, in: 'query', required: required.includes(name) },
    ...(description === undefined ? {} : { description }),
    schema,
  }));
}

/** Where a format says it, the pattern is zod's own and another in each release. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const json = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema }) => {
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
    },
  });
  delete json.$schema;
  return JSON.parse(JSON.stringify(json), withoutReferences) as Json;
}

/** The one schema that refers to itself is that of any JSON value; here it is one that takes everything. */
function withoutReferences(name: string, value: unknown): unknown {
  if (name === '$defs') return undefined;
  return typeof value === 'object' && value !== null && '$ref' in value ? {} : value;
}
