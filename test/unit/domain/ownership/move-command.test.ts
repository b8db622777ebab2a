/** Commands over routes as the log has them. */
import { describe, expect, it } from 'vitest';
import { COMMAND_KINDS, isOnAggregate, isOnRoutes, readCommand, subjectOf } from '../../../../src/domain/command.js';

const head = {
  ...{ id: '1b4e28ba-2fa1-4d17-883f-0016d3cca427', pipeline: 'orders', reason: 'first market', by: 'ops' },
  at: '2026-03-01T10:00:00.000Z',
};
const MOVE = {
  contracts: ['Ready.v1', 'Sent.v1'],
  selector: { context: { b: ' x', a: 'y' } },
  to: 'service',
  epoch: 0,
};
const read = (kind: string, given: object) => readCommand(JSON.stringify({ ...head, kind, arguments: given }));

describe('a command over routes', () => {
  it('says which route goes where, its names in order and its values as they are', () => {
    const found = read('route.move', MOVE);
    if (found.kind !== 'command') throw new Error(found.text);
    expect(isOnRoutes(found.command)).toBe(true);
    expect(isOnAggregate(found.command)).toBe(false);
    expect(subjectOf(found.command)).toBe('Ready.v1, Sent.v1 a=y b=%20x to service');
  });

  it('takes a route over, without what is owed unless it says so', () => {
    const found = read('route.take-over', { contract: 'Ready.v1', selector: { context: {} }, epoch: 2 });
    expect(found).toMatchObject({ kind: 'command', command: { arguments: { publishOwed: false } } });
    if (found.kind === 'command') expect(subjectOf(found.command)).toBe('Ready.v1, taken over');
  });

  it.each([
    ['no contract', { ...MOVE, contracts: [] }],
    ['a stage', { ...MOVE, to: 'nobody' }],
    ['an epoch', { ...MOVE, epoch: -1 }],
    ['an instant', { ...MOVE, at: 'tomorrow' }],
    ['a share', { ...MOVE, selector: { context: {}, share: [1] } }],
    ['something more', { ...MOVE, more: true }],
    ['half a character', { ...MOVE, selector: { context: { market: '\ud800' } } }],
    ['a share among names', { ...MOVE, selector: { context: { share: '0-25' } } }],
    [
      'names without end',
      { ...MOVE, selector: { context: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`n${i}`, ''])) } },
    ],
  ])('%s: is malformed', (_, given) => {
    expect(read('route.move', given).kind).toBe('malformed');
  });

  it('is among the kinds that there are', () => {
    expect(COMMAND_KINDS).toEqual(expect.arrayContaining(['route.move', 'route.take-over']));
  });
});
