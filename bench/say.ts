/** Words go to stderr; stdout is for figures. */
export const say = (line: string): void => void process.stderr.write(`bench: ${line}\n`);
