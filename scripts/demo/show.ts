/** The running show: decisions in, text out, as soon as a transaction is whole. The same for the recording and the real stack. */
import { type Decision, type Group, Grouper } from './decision.js';
import { headingText } from './block.js';
import type { Screen } from './screen.js';
import { Storyteller, type StorySettings } from './storyteller.js';

/** When nothing more came for so long, the transaction is told; its decisions come in one go. */
const WHOLE_AFTER_MS = 100;

export class Show {
  readonly groups: Group[] = [];
  /** In the order of their publication. */
  readonly decisions: Decision[] = [];
  readonly storyteller: Storyteller;
  readonly #screen: Screen;
  readonly #grouper = new Grouper();
  #timer: NodeJS.Timeout | undefined;

  constructor(screen: Screen, settings: Pick<StorySettings, 'rules' | 'speed'>) {
    this.#screen = screen;
    this.storyteller = new Storyteller({ ...settings, ...screen });
  }

  begin(): void {
    this.#screen.show(['', ...headingText(this.#screen.width, this.#screen.paint)]);
  }

  decided(decision: Decision): void {
    this.decisions.push(decision);
    this.#tell(this.#grouper.add(decision));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tell(this.#grouper.flush()), WHOLE_AFTER_MS);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#tell(this.#grouper.flush());
    this.#screen.show([...this.storyteller.end(), '']);
  }

  #tell(group: Group | null): void {
    if (group === null) return;
    this.groups.push(group);
    this.#screen.show(this.storyteller.tell(group));
  }
}
