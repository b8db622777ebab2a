/** `dragoman config print`: every key with its effective value and where that came from. */
import { effectiveRows, originText } from '../config/redact.js';
import { EXIT, print } from './exit.js';
import { type CommonOptions, configOf } from './load.js';

export async function configPrintCommand(options: CommonOptions & { readonly json?: boolean }): Promise<number> {
  const rows = effectiveRows(configOf(options, false));
  if (options.json === true) await print(JSON.stringify({ schema: 'dragoman.cli/config@1', values: rows }));
  else
    for (const { key, value, origin } of rows)
      await print(`${key} = ${JSON.stringify(value)}  (${originText(origin)})`);
  return EXIT.ok;
}
