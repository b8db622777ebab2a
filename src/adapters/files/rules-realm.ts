/**
 * The realm in which rules run: the language, and nothing of Node or of this machine. What would make two machines, or two runs, differ
 * throws when it is used, code made of texts does not run, and what rules do to built-in objects stays theirs. A guard against
 * accidents, not against malice: `node:vm` is no security boundary, and values that rules are handed lead out of it (docs/security.md).
 *
 * The global object is an ordinary one (DONT_CONTEXTIFY): with a contextified one each use of `Object` or `Math` would go through an
 * interceptor.
 */
import { compileFunction, constants, createContext, runInContext, type Context } from 'node:vm';
import { NotPure } from '../../rules/error.js';

/** Globals that give the same everywhere and always. What the runtime has besides, now or in a later version, is withheld. */
const PURE = new Set([
  ...['Infinity', 'NaN', 'undefined', 'isFinite', 'isNaN', 'parseFloat', 'parseInt'],
  ...['decodeURI', 'decodeURIComponent', 'encodeURI', 'encodeURIComponent', 'escape', 'unescape'],
  ...['Object', 'Boolean', 'Symbol', 'Number', 'BigInt', 'Math', 'String', 'RegExp', 'Array', 'Iterator', 'JSON'],
  ...['Map', 'Set', 'WeakMap', 'WeakSet', 'Proxy', 'Reflect', 'ArrayBuffer', 'DataView'],
  ...['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array'],
  ...['Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array'],
  ...['Error', 'AggregateError', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError', 'URIError'],
]);

/** Not there in a realm, or there: using one of them throws with its name. */
const WITHHELD = [
  ...['process', 'fetch', 'performance', 'crypto', 'global', 'Buffer', 'require'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'structuredClone'],
];

/** Methods that follow the language of the machine, the zone of its clock, chance, or what ran before. */
const WITHHELD_METHODS: Readonly<Record<string, readonly string[]>> = {
  'String.prototype': ['localeCompare', 'toLocaleLowerCase', 'toLocaleUpperCase'],
  'Number.prototype': ['toLocaleString'],
  'BigInt.prototype': ['toLocaleString'],
  'Array.prototype': ['toLocaleString'],
  'Object.getPrototypeOf(Int8Array.prototype)': ['toLocaleString'],
  Math: ['random'],
  Array: ['fromAsync'],
};

/** Whether rules have it: a global (`Date`), or a method of one (`Math.random`). */
export function isPure(name: string): boolean {
  const [global = '', method] = name.split('.');
  return PURE.has(global) && (method === undefined || WITHHELD_METHODS[global]?.includes(method) !== true);
}

/** Stands in the stack of what rules throw: `rules-places.ts` looks for this name. */
export const FILENAME = 'rules.bundle.js';

/** Runs the text as the body of a function with these parameters, in a new realm. @throws whatever it throws. */
export function callInRealm(text: string, parameters: Readonly<Record<string, unknown>>): void {
  const realm = newRealm();
  // Strict, so that `this` of a plain function is undefined and not the global object.
  const body = compileFunction(`'use strict';${text}`, Object.keys(parameters), {
    filename: FILENAME,
    parsingContext: realm,
  });
  Reflect.apply(body, undefined, Object.values(parameters));
  withoutStacks(realm);
}

function newRealm(): Context {
  const realm = createContext(constants.DONT_CONTEXTIFY, { codeGeneration: { strings: false, wasm: false } });
  for (const [owner, names] of Object.entries(WITHHELD_METHODS)) {
    const object = runInContext(owner, realm) as object;
    for (const name of names) fix(object, name, withheld(`${owner}.${name}`));
  }
  withoutHistory(runInContext('RegExp', realm) as object);
  const error = runInContext('Error', realm) as object;
  for (const name of ['prepareStackTrace', 'captureStackTrace']) fix(error, name, undefined);
  const impure = Object.getOwnPropertyNames(realm).filter((name) => !PURE.has(name));
  for (const name of new Set([...impure, ...WITHHELD])) fix(realm, name, withheld(name));
  return realm;
}

/** Of the last match of any expression: it depends on what was asked before (`RegExp.$1`, `lastMatch`, `input`). */
function withoutHistory(regExp: object): void {
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(regExp)))
    if (!('value' in descriptor))
      Object.defineProperty(regExp, name, { get: refusing(`RegExp.${name}`), configurable: false });
}

/** A stack names files of this machine; while rules load it tells in which of theirs something was thrown. */
const withoutStacks = (realm: Context): void => fix(runInContext('Error', realm) as object, 'stackTraceLimit', 0);

const fix = (object: object, name: string, value: unknown): void =>
  void Object.defineProperty(object, name, { value, writable: false, configurable: false });

const refusing = (name: string) => (): never => {
  throw new NotPure(name);
};

/** Every use of the value, even a mere call, throws. */
function withheld(name: string): unknown {
  const refuse = refusing(name);
  function target(): never {
    return refuse();
  }
  return new Proxy(target, { get: refuse, apply: refuse, construct: refuse, has: refuse, set: refuse });
}
