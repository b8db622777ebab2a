/** Is there a Docker daemon, and does it have the images? Asked before testcontainers is loaded, so that "no" is quick. */
import { request } from 'node:http';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ContainerRuntimeClient } from 'testcontainers';
import { StackError } from '../stack-error.js';

const pingTimeoutMs = 2_000;
const pullTimeoutMs = 10 * 60_000;

/** GET /_ping answers within 2 s. */
export async function daemonAnswers(): Promise<boolean> {
  const address = daemonAddress();
  return address !== undefined && (await ping(address));
}

/** The client of the daemon; loads testcontainers, which takes half a second. */
export async function dockerClient(): Promise<ContainerRuntimeClient> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  try {
    return await getContainerRuntimeClient();
  } catch (error) {
    throw new StackError('DOCKER_UNAVAILABLE', 'no Docker daemon answers; start it, or use the native provider', error);
  }
}

/** True when the daemon has the image or could pull it. */
export async function provideImage(name: string, progress: (line: string) => void): Promise<boolean> {
  const { ImageName } = await import('testcontainers');
  const client = await dockerClient();
  const image = ImageName.fromString(name);
  if (await client.image.exists(image)) return true;
  progress(`pulling ${name}`);
  const pulled = client.image.pull(image).then(
    () => true,
    () => false,
  );
  return Promise.race([pulled, expiry()]);
}

function expiry(): Promise<boolean> {
  return new Promise((resolve) => setTimeout(() => resolve(false), pullTimeoutMs).unref());
}

type Address = { readonly socketPath: string } | { readonly host: string; readonly port: number };

/** DOCKER_HOST, or the first socket of the usual places (root, rootless, Docker Desktop). */
function daemonAddress(): Address | undefined {
  const wish = process.env.DOCKER_HOST;
  if (wish?.startsWith('unix://') === true) return { socketPath: wish.slice('unix://'.length) };
  if (wish !== undefined && wish !== '') {
    const url = new URL(wish.replace(/^tcp:/, 'http:'));
    return { host: url.hostname, port: Number(url.port || '2375') };
  }
  const places = [
    '/var/run/docker.sock',
    join(process.env.XDG_RUNTIME_DIR ?? '/run/user/0', 'docker.sock'),
    join(homedir(), '.docker', 'run', 'docker.sock'),
  ];
  const socketPath = places.find((path) => existsSync(path));
  return socketPath === undefined ? undefined : { socketPath };
}

function ping(address: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = request({ ...address, path: '/_ping', timeout: pingTimeoutMs }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    probe.once('timeout', () => probe.destroy(new StackError('DOCKER_UNAVAILABLE', 'no answer to /_ping')));
    probe.once('error', () => resolve(false));
    probe.end();
  });
}
