/**
 * The realm in which rules run: the language, and nothing of Node. What is impure throws when it is used, code made of texts does not
 * run, and what rules do to built-in objects stays theirs. A guard against accidents, not against malice: `node:vm` is no security
 * boundary, and values that rules are handed lead out of it (docs/security.md).
 *
 * The global object is an ordinary one (DONT_CONTEXTIFY): with a contextified one each use of `Object` or `Math` would go through an
 * interceptor.
 */
import { compileFunction, constants, createContext, runInContext, type Context } from 'node:vm';

/** What would make rules impure; using one of them throws with its name. */
const WITHHELD = [
  ...['Date', 'process', 'fetch', 'performance', 'crypto', 'globalThis', 'global', 'Buffer', 'console', 'Intl'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'structuredClone'],
  ...['eval', 'Function', 'WebAssembly', 'SharedArrayBuffer', 'Atomics', 'WeakRef', 'FinalizationRegistry'],
];

/** Reads as an error in the stack of what it throws: `rules-places.ts` looks for this name. */
const FILENAME = 'rules.bundle.js';

/** Runs the text as the body of a function with these parameters, in a new realm. @throws whatever it throws. */
export function callInRealm(text: string, parameters: Readonly<Record<string, unknown>>): void {
  const realm = newRealm();
  // Strict, so that `this` of a plain function is undefined and not the global object.
  const body = compileFunction(`'use strict';${text}`, Object.keys(parameters), {
    filename: FILENAME,
    parsingContext: realm,
  });
  Reflect.apply(body, undefined, Object.values(parameters));
}

function newRealm(): Context {
  const realm = createContext(constants.DONT_CONTEXTIFY, { codeGeneration: { strings: false, wasm: false } });
  for (const name of WITHHELD) Object.defineProperty(realm, name, { value: withheld(name) });
  const math = runInContext('Math', realm) as object;
  Object.defineProperty(math, 'random', { value: withheld('Math.random') });
  return realm;
}

/** Every use of the value, even a mere call, throws. */
function withheld(name: string): unknown {
  function refuse(): never {
    throw new TypeError(`rules are pure and do not have ${name}`);
  }
  return new Proxy(refuse, { get: refuse, apply: refuse, construct: refuse, has: refuse, set: refuse });
}
