/**
 * Runs Redis scripts as Redis does: the real script text in a real Lua (fengari), `KEYS`, `ARGV` and `redis.call`. Replies as the
 * protocol has them: tables end at their first nil, false is null. Lua is 5.3 and not 5.1; what scripts use of 5.1 is there too.
 */
import { createRequire } from 'node:module';

type LuaState = object;

/** What is used of fengari, which has no types. */
interface Fengari {
  readonly lua: {
    readonly LUA_REGISTRYINDEX: number;
    readonly LUA_TBOOLEAN: number;
    readonly LUA_TNIL: number;
    readonly LUA_TTABLE: number;
    lua_createtable(state: LuaState, length: number, fields: number): void;
    lua_error(state: LuaState): never;
    lua_gettop(state: LuaState): number;
    lua_pcall(state: LuaState, args: number, results: number, handler: number): number;
    lua_pop(state: LuaState, count: number): void;
    lua_pushboolean(state: LuaState, value: boolean): void;
    lua_pushjsfunction(state: LuaState, run: (state: LuaState) => number): void;
    lua_pushlstring(state: LuaState, text: Uint8Array, length: number): void;
    lua_pushstring(state: LuaState, text: Uint8Array): void;
    lua_rawgeti(state: LuaState, index: number, n: number): number;
    lua_rawlen(state: LuaState, index: number): number;
    lua_rawseti(state: LuaState, index: number, n: number): void;
    lua_setfield(state: LuaState, index: number, name: Uint8Array): void;
    lua_setglobal(state: LuaState, name: Uint8Array): void;
    lua_settop(state: LuaState, index: number): void;
    lua_tostring(state: LuaState, index: number): Uint8Array | null;
    lua_type(state: LuaState, index: number): number;
  };
  readonly lauxlib: {
    luaL_checkstack(state: LuaState, more: number, text: Uint8Array): void;
    luaL_loadstring(state: LuaState, text: Uint8Array): number;
    luaL_newstate(): LuaState;
    luaL_ref(state: LuaState, table: number): number;
  };
  readonly lualib: { luaL_openlibs(state: LuaState): void };
  readonly to_luastring: (text: string) => Uint8Array;
  readonly to_jsstring: (text: Uint8Array) => string;
}

const { lua, lauxlib, lualib, to_luastring, to_jsstring } = createRequire(import.meta.url)('fengari') as Fengari;

export type Reply = string | null | readonly Reply[];
/** `redis.call`. Throws what the server would answer as an error. */
export type Command = (name: string, args: readonly string[]) => Reply;

/** Of a script. Bytes are MessagePack, which it unpacks. */
export type Argument = string | Buffer;

export interface ScriptCall {
  readonly keys: readonly string[];
  readonly args: readonly Argument[];
  readonly command: Command;
}

export class Lua {
  readonly #state: LuaState;
  readonly #scripts = new Map<string, number>();
  #command: Command = () => null;

  constructor() {
    this.#state = lauxlib.luaL_newstate();
    lualib.luaL_openlibs(this.#state);
    lua.lua_createtable(this.#state, 0, 1);
    lua.lua_pushjsfunction(this.#state, (state) => this.#call(state));
    lua.lua_setfield(this.#state, -2, to_luastring('call'));
    lua.lua_setglobal(this.#state, to_luastring('redis'));
    lua.lua_createtable(this.#state, 0, 1);
    lua.lua_pushjsfunction(this.#state, unpacked);
    lua.lua_setfield(this.#state, -2, to_luastring('unpack'));
    lua.lua_setglobal(this.#state, to_luastring('cmsgpack'));
    lauxlib.luaL_loadstring(this.#state, to_luastring('unpack = table.unpack'));
    lua.lua_pcall(this.#state, 0, 0, 0);
  }

  /** @throws Error with the text of a Lua error, as Redis answers it. */
  run(script: string, { keys, args, command }: ScriptCall): Reply[] {
    const state = this.#state;
    this.#command = command;
    this.#set('KEYS', keys);
    this.#set('ARGV', args);
    lua.lua_rawgeti(state, lua.LUA_REGISTRYINDEX, this.#load(script));
    const status = lua.lua_pcall(state, 0, 1, 0);
    if (status !== 0) {
      const text = this.#text(-1) ?? 'ERR a script failed';
      lua.lua_settop(state, 0);
      throw new Error(text);
    }
    const reply = this.#table();
    lua.lua_settop(state, 0);
    return reply;
  }

  /** The one on top of the stack. */
  #table(): Reply[] {
    const state = this.#state;
    const reply: Reply[] = [];
    const length = lua.lua_rawlen(state, -1);
    for (let i = 1; i <= length; i += 1) {
      const type = lua.lua_rawgeti(state, -1, i);
      if (type === lua.LUA_TNIL) {
        lua.lua_pop(state, 1);
        break;
      }
      if (type === lua.LUA_TTABLE) reply.push(this.#table());
      else reply.push(type === lua.LUA_TBOOLEAN ? null : this.#text(-1));
      lua.lua_pop(state, 1);
    }
    return reply;
  }

  #load(script: string): number {
    let known = this.#scripts.get(script);
    if (known === undefined) {
      if (lauxlib.luaL_loadstring(this.#state, to_luastring(script)) !== 0)
        throw new Error(this.#text(-1) ?? 'ERR a script cannot be compiled');
      known = lauxlib.luaL_ref(this.#state, lua.LUA_REGISTRYINDEX);
      this.#scripts.set(script, known);
    }
    return known;
  }

  #set(name: string, values: readonly Argument[]): void {
    this.#push(values, this.#state);
    lua.lua_setglobal(this.#state, to_luastring(name));
  }

  #push(value: Reply | Buffer | readonly Argument[], state: LuaState): void {
    if (value === null) return lua.lua_pushboolean(state, false);
    if (value instanceof Uint8Array) return lua.lua_pushlstring(state, value, value.length);
    if (typeof value === 'string') return lua.lua_pushstring(state, to_luastring(value));
    lua.lua_createtable(state, value.length, 0);
    value.forEach((each, i) => {
      this.#push(each, state);
      lua.lua_rawseti(state, -2, i + 1);
    });
  }

  #call(state: LuaState): number {
    const args: string[] = [];
    for (let i = 1; i <= lua.lua_gettop(state); i += 1) args.push(this.#text(i, state) ?? '');
    const [name = '', ...rest] = args;
    let reply: Reply;
    try {
      reply = this.#command(name, rest);
    } catch (error) {
      lua.lua_pushstring(state, to_luastring((error as Error).message));
      return lua.lua_error(state);
    }
    this.#push(reply, state);
    return 1;
  }

  #text(index: number, state = this.#state): string | null {
    const text = lua.lua_tostring(state, index);
    return text === null ? null : to_jsstring(text);
  }
}

/** `cmsgpack.unpack` of strings, as `lua_cmsgpack.c` has it: one result for each. */
function unpacked(state: LuaState): number {
  const bytes = Buffer.from(lua.lua_tostring(state, 1) ?? []);
  let count = 0;
  for (let at = 0; at < bytes.length; count += 1) {
    if (bytes[at] !== STRING_32) throw new Error('Bad data format in input.');
    const begin = at + 5;
    at = begin + bytes.readUInt32BE(at + 1);
    lauxlib.luaL_checkstack(state, 1, to_luastring('too many return values at once'));
    lua.lua_pushlstring(state, bytes.subarray(begin, at), at - begin);
  }
  return count;
}

const STRING_32 = 0xdb;
