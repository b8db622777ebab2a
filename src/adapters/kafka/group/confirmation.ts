/** Whether the group still has this member, for those who ask: the next thing that is heard of the group answers all of them. */
export class Confirmation {
  #waiters: ((isMember: boolean) => void)[] = [];

  /** @returns false also when nothing is heard for so long. */
  asked(timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), timeoutMs);
      this.#waiters.push((isMember) => {
        clearTimeout(timer);
        resolve(isMember);
      });
    });
  }

  answer(isMember: boolean): void {
    for (const waiter of this.#waiters.splice(0)) waiter(isMember);
  }
}
