import { say } from '../exit.js';

const EVERY_MS = 2_000;

/** Words about long work on stderr, every two seconds. */
export function progressWords(what: string): (done: number) => void {
  let saidMs = performance.now();
  return (done) => {
    if (performance.now() - saidMs < EVERY_MS) return;
    saidMs = performance.now();
    say(`${done} ${what}`);
  };
}
