// node record-bus.mjs REDIS_PORT
//
// The event bus of the decision record (docs/adr-003-domain-events.md) as the record writes it: one PUBLISH for each event, nothing stored.
import { randomUUID } from 'node:crypto';
import { EventBus } from '../../tests/EndToEnd.Tests/TypeScriptPeer/event-bus.mjs';
import { serve } from './http.mjs';

const bus = new EventBus(Number(process.argv[2]));
let sink = 0;

serve({
  // Publishes events, inFlight at a time. Returns the seconds and the microseconds of each.
  '/publish': async (body, query) => {
    const count = Number(query.get('count'));
    const payload = JSON.parse(body);
    const micros = [];
    const begin = performance.now();
    let left = count;
    await Promise.all(Array.from({ length: Number(query.get('inFlight')) }, async () => {
      while (left-- > 0) {
        const started = performance.now();
        await bus.publish('file.uploaded', payload);
        micros.push(Math.round((performance.now() - started) * 1000));
      }
    }));
    return { seconds: (performance.now() - begin) / 1000, micros };
  },

  // Makes and writes events as publish does, then reads them as the subscriber does. Returns the seconds of each.
  '/envelope': async (body, query) => {
    const count = Number(query.get('count'));
    const payload = JSON.parse(body);
    let text;
    let begin = performance.now();
    for (let number = 0; number < count; number++) {
      text = JSON.stringify({
        id: randomUUID(),
        type: 'file.uploaded',
        timestamp: new Date().toISOString(),
        payload,
        metadata: { service: 'mcp-gateway', version: '1.0.0' },
      });
      sink += text.length;
    }
    const writing = (performance.now() - begin) / 1000;
    begin = performance.now();
    for (let number = 0; number < count; number++) sink += JSON.parse(text).id.length;
    return { writing, reading: (performance.now() - begin) / 1000, bytes: Buffer.byteLength(text), sink };
  },
});
