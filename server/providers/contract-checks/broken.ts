/** Something that the contract promises is not so: the message is what was seen. */
export class Broken extends Error {
  override readonly name: string = 'Broken';
}

/** A call failed that had to succeed. */
export class CallFailed extends Broken {
  override readonly name = 'CallFailed';
}

/** Says what was seen, where that is not what the contract promises. */
export function expectThat(isSo: boolean, seen: string): void {
  if (!isSo) throw new Broken(seen);
}

/** The same for two values that have to be equal as JSON. */
export function expectSame(seen: unknown, wanted: unknown, what: string): void {
  const [is, should] = [JSON.stringify(seen), JSON.stringify(wanted)];
  expectThat(is === should, `${what}: ${is ?? 'nothing'}, where ${should ?? 'nothing'} was due.`);
}
