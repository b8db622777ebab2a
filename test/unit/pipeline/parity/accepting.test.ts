import { describe, expect, it } from 'vitest';
import { type ParityCommand, readCommand } from '../../../../src/domain/command.js';
import { ACCEPTED_MAX, type Accepted } from '../../../../src/pipeline/parity/accepted.js';
import { AcceptedFindings } from '../../../../src/pipeline/parity/accepting.js';
import { compileParity } from '../../../../src/rules/parity/parity.js';
import type { CompiledCapability } from '../../../../src/rules/routes/compile-capabilities.js';

const capability: CompiledCapability = {
  ...{ name: 'fulfilment', contracts: ['Ready.v1'], isSticky: true, by: {}, initially: [] },
  ...{ parity: compileParity({ within: '1 hour' }), echoes: null },
};
const silent: CompiledCapability = { ...capability, name: 'billing', contracts: ['Billed.v1'], parity: null };
const routed = new Map([
  ['Ready.v1', capability],
  ['Billed.v1', silent],
]);

const AT = '2026-03-01T10:00:00.000Z';
const UNTIL = '2026-03-02T10:00:00.000Z';
let commands = 0;

/** As it is read from the log. */
function command(
  kind: ParityCommand['kind'],
  args: Readonly<Record<string, unknown>> = {},
  head: Readonly<Record<string, unknown>> = {},
): ParityCommand {
  commands += 1;
  const id = `1b4e28ba-2fa1-4d17-883f-${String(commands).padStart(12, '0')}`;
  const text = JSON.stringify({
    ...{ id, pipeline: 'orders', reason: 'rounding', by: 'ops', at: AT, kind, ...head },
    arguments: {
      ...{ capability: 'fulfilment', contract: 'Ready.v1', class: 'different' },
      ...(kind === 'parity.accept' ? { until: UNTIL } : {}),
      ...args,
    },
  });
  const read = readCommand(text);
  if (read.kind !== 'command') throw new Error(read.text);
  return read.command as ParityCommand;
}

const accept = (args = {}, head = {}): ParityCommand => command('parity.accept', args, head);
const revoke = (args = {}, head = {}): ParityCommand => command('parity.revoke', args, head);

describe('a finding of parity', () => {
  it('is accepted until an instant, by whom and why', () => {
    const findings = new AcceptedFindings(routed);
    expect(findings.progress).toBeUndefined();
    const first = accept({ signature: 'total' });
    expect(findings.take(first)).toMatchObject({ result: 'applied', subject: 'Ready.v1 different at total' });
    const accepted: Accepted = {
      ...{ capability: 'fulfilment', contract: 'Ready.v1', class: 'different', signature: 'total' },
      ...{ until: UNTIL, by: 'ops', reason: 'rounding', command: first.id },
    };
    expect(findings.progress).toEqual({ accepted: [accepted] });
    expect(findings.take(first).result).toBe('repeated');
    expect(new AcceptedFindings(routed, [accepted]).take(first).result).toBe('repeated');
  });

  it('is accepted anew in the place of what was, and beside others', () => {
    const findings = new AcceptedFindings(routed);
    for (const args of [{}, { class: 'late' }, { until: '2026-04-01T00:00:00Z' }]) findings.take(accept(args));
    expect(findings.progress?.accepted.map(({ class: of, until }) => `${of} ${until}`)).toEqual([
      `late ${UNTIL}`,
      'different 2026-04-01T00:00:00Z',
    ]);
  });

  it('is forgotten when its time is over and another command comes, and when it is taken back', () => {
    const findings = new AcceptedFindings(routed);
    findings.take(accept());
    findings.take(accept({ class: 'late', until: '2026-05-01T00:00:00Z' }, { at: UNTIL }));
    expect(findings.progress?.accepted).toHaveLength(1);
    expect(findings.take(revoke({ class: 'late' }, { at: UNTIL })).result).toBe('applied');
    expect(findings.progress).toBeUndefined();
    expect(findings.take(revoke({ class: 'late' })).text).toMatch(/^PARITY_NOT_ACCEPTED: /);
  });

  it.each<[string, ParityCommand, string]>([
    ['an unknown contract', accept({ contract: 'Sent.v1' }), 'PARITY_NOT_COMPARED'],
    ['another capability', accept({ capability: 'billing' }), 'PARITY_NOT_COMPARED'],
    ['one without parity', accept({ capability: 'billing', contract: 'Billed.v1' }), 'PARITY_NOT_COMPARED'],
    ['a signature of no difference', accept({ class: 'late', signature: 'total' }), 'PARITY_SIGNATURE_NEEDLESS'],
    ['a time that is over', accept({ until: AT }), 'PARITY_UNTIL_OVER'],
    ['a time too far', accept({ until: '2027-03-03T10:00:00Z' }), 'PARITY_UNTIL_OVER'],
  ])('is refused: %s', (_, sent, code) => {
    const findings = new AcceptedFindings(routed);
    expect(findings.take(sent)).toMatchObject({
      result: 'refused',
      text: expect.stringMatching(`^${code}: `) as string,
    });
    expect(findings.progress).toBeUndefined();
  });

  it('is refused when as many are accepted as may be', () => {
    const findings = new AcceptedFindings(routed);
    for (let i = 0; i < ACCEPTED_MAX; i += 1) findings.take(accept({ signature: `f${i}` }));
    expect(findings.take(accept({ signature: 'more' })).text).toMatch(/^PARITY_ACCEPTED_MANY: /);
    expect(findings.take(accept({ signature: 'f0' })).result).toBe('applied');
  });
});
