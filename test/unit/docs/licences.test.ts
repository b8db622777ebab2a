/** The list of licences is that of what is installed, and holds allowed ones only; an audit that cannot be made is no pass. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../stack/native/run.js';
import { projectDirectory } from '../../stack/directories.js';

describe('licences', () => {
  it('are listed in docs/licences.md, and allowed', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/licences.mjs', '--check'], {
      cwd: projectDirectory,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});

describe('the audit', () => {
  it.each<[string, number, string, number, RegExp]>([
    ['a registry that cannot be asked', 405, '{}', 3, /nothing was checked/],
    ['no finding', 200, '{}', 0, /0 high/],
    ['a finding', 200, JSON.stringify({ fastify: [advisory('high')] }), 1, /high: fastify/],
    ['a small finding', 200, JSON.stringify({ fastify: [advisory('low')] }), 0, /low: fastify/],
  ])('with %s', async (_, status, answer, exitCode, text) => {
    const registry = createServer((request, reply) => {
      request.resume().on('end', () => reply.writeHead(request.method === 'POST' ? status : 404).end(answer));
    }).listen(0, '127.0.0.1');
    await once(registry, 'listening');
    const { port } = registry.address() as AddressInfo;
    const npm_config_cache = mkdtempSync(join(tmpdir(), 'dragoman-audit-')); // npm remembers findings
    const environment = {
      npm_config_cache,
      npm_config_registry: `http://127.0.0.1:${port}/`,
      npm_config_fetch_retries: '0',
    };
    const ran = await run(process.execPath, ['scripts/audit.mjs'], { directory: projectDirectory, environment });
    registry.close();
    rmSync(npm_config_cache, { recursive: true });
    expect(ran.output).toMatch(text);
    expect(ran.exitCode).toBe(exitCode);
  });
});

const advisory = (severity: string) => ({
  ...{ id: 1, url: 'https://example.com/1', title: 'A fault', severity, vulnerable_versions: '*' },
  ...{ cwe: [], cvss: { score: 1, vectorString: null } },
});
