// Events and their effects as the stream brings them: newest first, without repeats, and never more than `max`.
export class Feed {
  constructor(max = 1_000) {
    this.max = max;
    this.clear();
  }

  clear() {
    this.entries = [];
    this.byId = new Map();
    // How many events have come in all, also those that are dropped by now.
    this.total = 0;
  }

  /** Takes a message of operations/stream. Returns whether it is news. */
  take({ event, data }) {
    return event === 'event' ? this.addEvent(data.event, data.consumers) : event === 'effect' ? this.addEffect(data) : false;
  }

  addEvent(event, consumers) {
    const known = this.byId.get(event.id);
    if (known) {
      return false;
    }
    const entry = { event, consumers: consumers ?? [], effects: [], version: 0 };
    this.entries.unshift(entry);
    this.byId.set(event.id, entry);
    this.total++;
    if (this.entries.length > this.max) {
      this.byId.delete(this.entries.pop().event.id);
    }
    return true;
  }

  addEffect(effect) {
    const entry = this.byId.get(effect.eventId);
    // After a resume the stream repeats what it may have sent.
    if (!entry || entry.effects.some(each => each.consumer === effect.consumer && each.at === effect.at)) {
      return false;
    }
    entry.effects.push(effect);
    entry.version++;
    return true;
  }
}

/** What a consumer has made of an event, or undefined: its first success, since the same event may be handled again, or else what came last. */
export function effectOf(entry, consumer) {
  const own = entry.effects.filter(effect => effect.consumer === consumer);
  return own.find(effect => effect.result === 'handled') ?? own.at(-1);
}

// Redis keeps effects for a while only, so what is older and unknown is not called missing.
const KnownFor = 15 * 60_000;

export const isForgotten = (event, now = Date.now()) => now - Date.parse(event.timestamp) > KnownFor;

export const results = {
  handled: { kind: 'ok', word: 'handled' },
  failed: { kind: 'warn', word: 'failed, tries again' },
  deadLettered: { kind: 'bad', word: 'dead letter' },
  discarded: { kind: 'none', word: 'discarded' },
};
