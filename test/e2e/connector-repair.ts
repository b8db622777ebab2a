/** What an operator does with a connector after its worker has died: look, and restart what has FAILED. Connect's REST interface. */
import { patiently } from '../stack/patience.js';
import { E2eError } from './e2e-error.js';

interface Status {
  readonly connector: { readonly state: string };
  readonly tasks: readonly { readonly state: string; readonly trace?: string }[];
}

const QUIET_MAX_MS = 120_000;
const POLL_MS = 250;
const REQUEST_MAX_MS = 10_000;

/** Resolves when connector and task are RUNNING. @returns how often something had to be restarted. */
export async function untilConnectorRuns(url: string, name: string): Promise<number> {
  const place = `${url}/connectors/${encodeURIComponent(name)}`;
  let restarts = 0;
  let seen = 'no answer';
  const holds = async (): Promise<boolean> => {
    const status = await statusOf(place);
    if (status === undefined) return false;
    const states = [status.connector, ...status.tasks].map(({ state }) => state);
    seen = `${states.join(', ')} ${status.tasks.map(({ trace }) => trace ?? '').join('\n')}`;
    if (states.includes('FAILED')) {
      restarts += 1;
      await request(`${place}/restart?includeTasks=true&onlyFailed=true`, 'POST');
    }
    return states.length > 1 && states.every((state) => state === 'RUNNING');
  };
  if (await patiently({ holds, signs: () => seen, quietMaxMs: QUIET_MAX_MS, pollMs: POLL_MS })) return restarts;
  throw new E2eError('CONNECTOR_FAILED', `connector ${name} does not run for ${QUIET_MAX_MS / 1000} s: ${seen}`);
}

async function statusOf(place: string): Promise<Status | undefined> {
  const answer = await request(`${place}/status`, 'GET');
  return answer?.ok === true ? ((await answer.json()) as Status) : undefined;
}

/** Undefined while the worker is away or between two generations of its group. */
function request(url: string, method: 'GET' | 'POST'): Promise<Response | undefined> {
  return fetch(url, { method, signal: AbortSignal.timeout(REQUEST_MAX_MS) }).catch(() => undefined);
}
