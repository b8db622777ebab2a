/** `dragoman/mocks`: events under a contract for the tests of those who read it. See docs/consuming.md. */
export { mockBoundaries, mockBroken, mockStream, type Mock, type MockRecord } from './stream.js';
export { mockTroubles, type Trouble } from './troubles.js';
