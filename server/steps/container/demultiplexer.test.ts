import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Demultiplexer } from './demultiplexer.ts';

const frame = (stream: number, text: string): Buffer => {
  const header = Buffer.of(stream, 0, 0, 0, 0, 0, 0, 0);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
};

test('streams are told apart however the bytes come in', () => {
  const frames = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.string()));
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 }), (sent, sizes) => {
      const seen = { stdout: '', stderr: '' };
      const taker = new Demultiplexer((stream, chunk) => {
        seen[stream] += Buffer.from(chunk).toString('latin1');
      });
      const bytes = Buffer.concat(sent.map(([stream, text]) => frame(stream, text)));
      for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        taker.take(bytes.subarray(at, at + size));
        at += size;
      }
      const said = (wanted: number): string =>
        sent
          .map(([stream, text]) => (stream === wanted ? Buffer.from(text).toString('latin1') : ''))
          .join('');
      expect(seen).toEqual({ stdout: said(1), stderr: said(2) });
    }),
  );
});
