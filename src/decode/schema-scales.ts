/**
 * With `decimal.handling.mode=precise` a decimal is bytes, and its scale stands in the schema only. Where a schema came with the
 * record its scale is put beside the bytes, in the form of `io.debezium.data.VariableScaleDecimal`; so the scale that the rules
 * declare is compared with the true one, and a changed column never becomes another amount.
 */

const DECIMAL = 'org.apache.kafka.connect.data.Decimal';

/** A Connect schema as JSON: only what is looked at. */
interface Schema {
  readonly type?: unknown;
  readonly name?: unknown;
  readonly field?: unknown;
  readonly parameters?: { readonly scale?: unknown } | null;
  readonly fields?: readonly Schema[];
  readonly items?: Schema;
}

/** Puts scales into a value of one schema. */
export type Scaler = (value: unknown) => unknown;

/** @returns null when nothing in values of this schema is such a decimal: most often. */
export function scalerOf(schema: unknown): Scaler | null {
  if (typeof schema !== 'object' || schema === null) return null;
  const { type, name, parameters, fields, items } = schema as Schema;
  if (name === DECIMAL) return decimalScaler(Number(parameters?.scale));
  if (type === 'array') return elementScaler(scalerOf(items));
  return type === 'struct' && Array.isArray(fields) ? structScaler(fields as readonly Schema[]) : null;
}

/** As a number (`decimal.format=NUMERIC`) it has its scale already. */
const decimalScaler =
  (scale: number): Scaler =>
  (value) =>
    typeof value === 'string' ? { scale, value } : value;

const elementScaler = (scaler: Scaler | null): Scaler | null =>
  scaler && ((value) => (Array.isArray(value) ? value.map(scaler) : value));

function structScaler(fields: readonly Schema[]): Scaler | null {
  const scalers = fields.flatMap((schema): (readonly [string, Scaler])[] => {
    const scaler = scalerOf(schema);
    return scaler === null ? [] : [[String(schema.field), scaler]];
  });
  if (scalers.length === 0) return null;
  return (value) => {
    if (typeof value !== 'object' || value === null) return value;
    const scaled: Record<string, unknown> = { ...value };
    for (const [name, scaler] of scalers) scaled[name] = scaler(scaled[name]);
    return scaled;
  };
}
