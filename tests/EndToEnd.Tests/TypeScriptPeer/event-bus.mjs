// The event bus of the decision record (ADR-003), without its type annotations.
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';

export class EventBus {
  #redis;
  #subscriber;
  #handlers = new Map();

  constructor(port) {
    this.#redis = new Redis(port, '127.0.0.1');
    this.#subscriber = new Redis(port, '127.0.0.1');
    this.#subscriber.on('message', (channel, message) => {
      const event = JSON.parse(message);
      for (const handler of this.#handlers.get(channel) ?? []) {
        handler(event);
      }
    });
  }

  async publish(type, payload) {
    const event = {
      id: randomUUID(),
      type,
      timestamp: new Date().toISOString(),
      payload,
      metadata: { service: 'mcp-gateway', version: '1.0.0' },
    };

    await this.#redis.publish(`events:${type}`, JSON.stringify(event));
    return event;
  }

  async subscribe(type, handler) {
    const channel = `events:${type}`;
    this.#handlers.set(channel, (this.#handlers.get(channel) ?? new Set()).add(handler));
    await this.#subscriber.subscribe(channel);
  }

  async close() {
    await Promise.all([this.#redis.quit(), this.#subscriber.quit()]);
  }
}
