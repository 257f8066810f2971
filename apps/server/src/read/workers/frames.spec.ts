import fc from 'fast-check';
import { frame, FrameReader } from './frames';

describe('frames', () => {
  it('give every message once, whole and in order, however the bytes are cut', () => {
    const message = fc.record({ type: fc.string(), text: fc.string({ unit: 'binary' }), list: fc.array(fc.nat()) });
    fc.assert(
      fc.property(fc.array(message), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (messages, cuts) => {
        const bytes = Buffer.concat(messages.map(frame));
        const received: unknown[] = [];
        const reader = new FrameReader((one) => received.push(one));
        for (let at = 0, n = 0; at < bytes.length; n++) {
          const length = cuts[n % cuts.length] ?? 1;
          reader.push(bytes.subarray(at, at + length));
          at += length;
        }
        expect(received).toEqual(messages);
      }),
    );
  });
});
