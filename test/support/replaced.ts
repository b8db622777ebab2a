/** A port of a pipeline, parts of it replaced; the rest is asked of the port itself. */
export const replaced = <T extends object>(port: T, parts: Partial<T>): T =>
  new Proxy(port, {
    get: (target, name) => {
      if (name in parts) return (parts as Record<PropertyKey, unknown>)[name];
      const found = Reflect.get(target, name, target) as unknown;
      return typeof found === 'function' ? ((found as () => unknown).bind(target) as unknown) : found;
    },
  });
