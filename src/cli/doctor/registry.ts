/** Asks the schema registry whether it is there. Nothing is changed there. */
import { registryOf } from '../../adapters/registry/registry.js';
import type { RegistryConfig } from '../../config/schema.js';
import { DragomanError } from '../../errors.js';
import { bad, type Line, ok } from './line.js';

/** None is configured: nothing is said of it. */
export async function registryLines(config: RegistryConfig): Promise<Line[]> {
  const registry = registryOf(config);
  if (registry === null) return [];
  try {
    const subjects = await registry.look();
    return [ok('REGISTRY_REACHED', registry.address, `it answers, and has ${subjects} subjects`)];
  } catch (error) {
    if (!(error instanceof DragomanError)) throw error;
    const todo =
      'see that it runs, and that address and login are right; sources in Avro wait for it, and `run` for registered contracts';
    return [bad('fail', 'REGISTRY_REACHED', registry.address, `${error.code}: ${error.message}`, todo)];
  } finally {
    registry.close();
  }
}
