const CALL_WITHIN_MS = 30_000;
/** Machines of one page, and pages that are read. */
const PAGE_LIMIT = 1_000;
const PAGES_MAX = 100;

/** A machine as the cloud itself has it. */
export type CloudMachine = {
  readonly id: string;
  readonly state: string;
  readonly tags: Readonly<Record<string, string>>;
};

/** The cloud behind the pools: what is really there, and what a run does to it behind their back. */
export class Cloud {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Something that happens to the cloud, such as `down` or `vanish?id=…`. A thing that is not there any more is no error. */
  async control(what: string): Promise<unknown> {
    const response = await fetch(`${this.#url}/${what}`, {
      method: 'POST',
      signal: AbortSignal.timeout(CALL_WITHIN_MS),
    });
    return response.json();
  }

  /** What exists: machines that ended are listed by the cloud for a while, and are left out here. */
  async alive(): Promise<CloudMachine[]> {
    const machines: CloudMachine[] = [];
    let cursor: number | null = 0;
    for (let page = 0; cursor !== null && page < PAGES_MAX; page += 1) {
      const path: string = `${this.#url}/machines?limit=${PAGE_LIMIT}&cursor=${cursor}`;
      const response = await fetch(path, { signal: AbortSignal.timeout(CALL_WITHIN_MS) });
      const found = (await response.json()) as { machines: CloudMachine[]; next: number | null };
      machines.push(...found.machines);
      cursor = found.next;
    }
    return machines.filter(({ state }) => ['REQUESTED', 'PENDING', 'RUNNING'].includes(state));
  }
}
