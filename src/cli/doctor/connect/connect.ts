/** Asks Kafka Connect about its connectors. Nothing is changed there. */
import { z } from 'zod';
import type { Config } from '../../../config/schema.js';
import { type ConnectorFacts, judgeConnector } from './connector.js';
import { bad, type Line, ok, unknown } from '../line.js';

const state = z.object({ state: z.string() });
const answerSchema = z.record(
  z.string(),
  z.object({
    info: z.object({ config: z.record(z.string(), z.string()) }),
    status: z.object({ connector: state, tasks: z.array(state) }),
  }),
);
const TIMEOUT_MS = 10_000;

/** @param url null: not configured. */
export async function connectLines(url: string | null, config: Config, tables: readonly string[]): Promise<Line[]> {
  if (url === null) {
    const todo = 'set connect.url or give --connect URL, and the connectors are looked at too';
    return [unknown('CONNECT_REACHED', 'Kafka Connect', 'its address is not configured', todo)];
  }
  const shown = new URL(url).host;
  let connectors: ConnectorFacts[];
  try {
    connectors = await connectorsOf(url);
  } catch (cause) {
    // What fetch throws says the reason in its cause.
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    const seen = reason instanceof Error ? reason.message : String(reason);
    return [bad('fail', 'CONNECT_REACHED', shown, seen, 'see that Connect runs and that its REST address is right')];
  }
  return [
    ok('CONNECT_REACHED', shown, `${connectors.length} connectors`),
    ...Object.values(config.pipelines).flatMap(({ sources }) =>
      sources.flatMap((source) => {
        const found = connectors.find((one) => one.config['topic.prefix'] === source.name);
        if (found !== undefined)
          return judgeConnector(found, { ...source, hasRegistry: config.registry.url !== null }, tables);
        const todo = `create the connector with topic.prefix=${source.name}, or correct the name of the source`;
        return [bad('fail', 'CONNECTOR_FOUND', source.name, 'no connector has this topic.prefix', todo)];
      }),
    ),
  ];
}

async function connectorsOf(url: string): Promise<ConnectorFacts[]> {
  const target = new URL('connectors?expand=info&expand=status', url.endsWith('/') ? url : `${url}/`);
  const { username, password } = target;
  target.username = '';
  target.password = '';
  const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  const answer = await fetch(target, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: username === '' ? {} : { authorization: `Basic ${login}` },
  });
  if (!answer.ok) throw new TypeError(`Connect answers ${answer.status}`);
  return Object.entries(answerSchema.parse(await answer.json())).map(([name, { info, status }]) => ({
    name,
    config: info.config,
    states: [status.connector, ...status.tasks].map((part) => part.state),
  }));
}
