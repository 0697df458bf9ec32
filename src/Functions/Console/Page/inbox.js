// The user's notifications, live: one stream for all tabs of the page, open while somebody listens.
import { openStream } from './stream.js';
import { session } from './session.js';
import { useEffect, useRef, useState } from './vendor/htm.js';

const MaxKept = 500;
const listeners = new Set();
let close;
let owner;
let state = { name: 'connecting', text: '' };
// By sequence: after a new connection some come again.
let kept = new Map();

function open() {
  if (owner !== session.state.user?.id) {
    kept = new Map();
    owner = session.state.user?.id;
  }
  close = openStream('notifications/stream', { limit: 100 }, {
    onEvent: ({ data }) => {
      const isNew = !kept.has(data.sequence);
      kept.set(data.sequence, data);
      for (const sequence of [...kept.keys()].slice(0, Math.max(0, kept.size - MaxKept))) {
        kept.delete(sequence);
      }
      isNew && listeners.forEach(listener => listener.onNotification(data));
    },
    onState: (name, text) => {
      state = { name, text };
      listeners.forEach(listener => listener.onState(state));
    },
  });
}

function listen(listener) {
  listeners.add(listener);
  if (listeners.size === 1) {
    open();
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      close();
    }
  };
}

/** The newest notifications, newest first, and the state of their stream. */
export function useInbox() {
  const [shown, set] = useState({ items: [], state });
  useEffect(() => {
    const show = () => set({ items: [...kept.values()].reverse(), state });
    const stop = listen({ onNotification: show, onState: show });
    show();
    return stop;
  }, []);
  return shown;
}

/** Calls an action soon after a notification whose name begins so, once for many that come together. */
export function useNews(prefix, action) {
  const latest = useRef(action);
  latest.current = action;
  useEffect(() => {
    if (!session.can('notifications:read')) {
      return undefined;
    }
    const began = Date.now();
    let timer = 0;
    const stop = listen({
      onNotification: ({ name, timestamp }) => {
        // The stream begins with old ones.
        if (timer === 0 && name.startsWith(prefix) && Date.parse(timestamp) > began - 60_000) {
          timer = setTimeout(() => {
            timer = 0;
            latest.current();
          }, 300);
        }
      },
      onState: () => {},
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [prefix]);
}
