/** The visitors' own process: connections that read whatever is sent, and count it. Started by visitors.ts, ends with it. */
import { Agent, get, type IncomingMessage } from 'node:http';
import type { Visited, VisitorsTask } from './visitors.js';

const { url, connections } = JSON.parse(process.argv[2] ?? '{}') as VisitorsTask;
const agent = new Agent({ maxSockets: connections, keepAlive: true });
const count = { contents: 0, bytes: 0, lost: 0 };

function read(response: IncomingMessage): void {
  response.on('data', (bytes: Buffer) => {
    count.bytes += bytes.length;
    if (bytes.includes('data: ')) count.contents += 1;
  });
  response.once('close', () => (count.lost += 1));
}

/** @throws Error when it is refused: nothing is measured then. */
const look = (): Promise<void> =>
  new Promise((resolve, reject) => {
    get(`${url}/live/flow`, { agent }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`refused: ${response.statusCode}`));
      read(response);
      resolve();
    }).once('error', reject);
  });

const tell = (): void => void process.send?.({ connections, ...count } satisfies Visited);

process.on('disconnect', () => process.exit());
process.on('message', tell);
await Promise.all(Array.from({ length: connections }, look));
tell();
