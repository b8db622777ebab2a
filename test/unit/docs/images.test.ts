/** What runs in containers: with named versions, as nobody of importance, on a file system that cannot be written, without secrets. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { projectDirectory } from '../../stack/directories.js';

const read = (file: string): string => readFileSync(join(projectDirectory, file), 'utf8');
const dockerfile = read('Dockerfile').split('\n');

interface Container {
  readonly image: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly user?: string;
  readonly privileged?: boolean;
  readonly ports?: readonly string[];
}
const containers = Object.entries(
  (parse(read('docker-compose.yml')) as { services: Record<string, Container> }).services,
);
const ours = containers.filter(([, { image }]) => image.startsWith('dragoman:'));

describe('images', () => {
  it.each([
    ...dockerfile.filter((line) => line.startsWith('FROM ')).map((line) => line.split(' ')[1]!),
    ...containers.map(([, { image }]) => image),
  ])('%s names its version', (image) => {
    expect(image).toMatch(/:[\w.-]+$/);
    expect(image).not.toMatch(/:latest$/);
  });

  it('ours runs as an unprivileged user, and has no secret built in', () => {
    const last = dockerfile.slice(dockerfile.findLastIndex((line) => line.startsWith('FROM ')));
    expect(last[0]).toMatch(/:nonroot$/);
    expect(last.filter((line) => /^USER /.test(line))).toEqual([]);
    expect(dockerfile.filter((line) => /password|secret|token|api_?key/i.test(line) && !line.startsWith('#'))).toEqual(
      [],
    );
  });

  it('ours gets nothing in but what it is made of', () => {
    const context = read('.dockerignore').split('\n');
    expect(context.find((line) => !line.startsWith('#'))).toBe('*');
    expect(context.filter((line) => /^!.*(\.env|\.pem|\.key|\.git)\b/.test(line))).toEqual([]);
  });
});

describe('containers', () => {
  it.each(ours)('%s can write nothing, and become nobody else', (_, container) => {
    expect(container).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect([container.user, container.privileged]).toEqual([undefined, undefined]);
  });

  it('are three of ours', () => {
    expect(ours.map(([name]) => name)).toEqual(['topics', 'tokens', 'dragoman']);
  });

  it.each(containers)('%s is reached from this machine only', (_, { ports = [] }) => {
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });
});
