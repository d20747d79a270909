import type { ApiClient } from './api-client.ts';

/** What the server's metrics say about commits, from its start or between two readings. */
export class Commits {
  readonly commits: number;
  readonly commands: number;
  readonly milliseconds: number;

  constructor(input: { commits: number; commands: number; milliseconds: number }) {
    this.commits = input.commits;
    this.commands = input.commands;
    this.milliseconds = input.milliseconds;
  }

  since(before: Commits): Commits {
    return new Commits({
      commits: this.commits - before.commits,
      commands: this.commands - before.commands,
      milliseconds: this.milliseconds - before.milliseconds,
    });
  }
}

/** Reads the metrics of a server. Errors: when it has none of commits. */
export async function readCommits(api: ApiClient): Promise<Commits> {
  const metrics = await api.readMetrics();
  const read = (name: string): number => {
    const value = metrics.get(name);
    if (value === undefined) throw new Error(`The server has no metric ${name}.`);
    return value;
  };
  return new Commits({
    commits: read('poolkeeper_commit_duration_seconds_count'),
    commands: read('poolkeeper_commit_batch_commands_sum'),
    milliseconds: read('poolkeeper_commit_duration_seconds_sum') * 1_000,
  });
}
