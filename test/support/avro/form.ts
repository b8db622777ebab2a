/** JSON values of one kind -> the Avro schema that all of them fit, as a connector would write them: what was null, or lacking, once is optional. */

type Kind = 'boolean' | 'long' | 'double' | 'string' | 'record' | 'array';

/** What was seen in one place. */
export class Form {
  readonly #kinds = new Set<Kind>();
  readonly #fields = new Map<string, Form>();
  #items: Form | null = null;
  #isOptional = false;
  #seen = 0;

  see(value: unknown): void {
    this.#seen += 1;
    if (value === null || value === undefined) this.#isOptional = true;
    else if (typeof value === 'boolean' || typeof value === 'string') this.#kinds.add(typeof value as Kind);
    else if (typeof value === 'bigint' || Number.isInteger(value)) this.#kinds.add('long');
    else if (typeof value === 'number') this.#kinds.add('double');
    else if (Array.isArray(value)) {
      this.#kinds.add('array');
      this.#items ??= new Form();
      for (const one of value) this.#items.see(one);
    } else this.#seeRecord(value as Record<string, unknown>);
  }

  #seeRecord(value: Record<string, unknown>): void {
    this.#kinds.add('record');
    for (const [name, one] of Object.entries(value)) {
      let field = this.#fields.get(name);
      if (field === undefined) this.#fields.set(name, (field = new Form()));
      field.see(one);
    }
  }

  /** @param name of its record, if it is one. @param times that a value could have been here. */
  schema(name: string, times = this.#seen): unknown {
    const type = this.#type(name);
    return this.#isOptional || this.#seen < times ? ['null', type] : type;
  }

  #type(name: string): unknown {
    if (this.#kinds.has('record')) {
      const fields = [...this.#fields].map(([field, form]) => ({
        name: field,
        type: form.schema(`${name}_${field}`, this.#records),
      }));
      return { type: 'record', name, fields };
    }
    if (this.#items !== null) return { type: 'array', items: this.#items.schema(`${name}_item`) };
    if (this.#kinds.has('double')) return 'double';
    const [only = 'string'] = this.#kinds;
    return only;
  }

  /** Fields of a record that is null in places lack nothing there. */
  get #records(): number {
    return Math.max(0, ...[...this.#fields.values()].map((field) => field.#seen));
  }
}
