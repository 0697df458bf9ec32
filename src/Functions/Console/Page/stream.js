// Server-sent events over fetch, since EventSource cannot send the credential's header.
import { address, ApiError, endOf } from './api.js';
import { session } from './session.js';

const DefaultRetry = 2_000;
const MaxRetry = 30_000;
// The server sends a comment every 15 seconds. A connection that is silent for longer is dead.
const SilenceTimeout = 45_000;

/**
 * Opens a stream that goes on until it is closed: it reconnects after its last event, and waits while nobody is signed in.
 * onEvent({ id, event, data }) gets parsed JSON; onState gets 'connecting', 'open', 'waiting' or 'failed', and a text.
 * Returns the function that closes it.
 */
export function openStream(path, query, { onEvent, onState = () => {} }) {
  const closing = new AbortController();
  run().catch(error => closing.signal.aborted || onState('failed', error.message));
  return () => closing.abort();

  async function run() {
    let lastId = '';
    let retry = DefaultRetry;
    let failures = 0;
    while (!closing.signal.aborted) {
      if (session.state.status !== 'in') {
        onState('waiting', 'Sign in to go on.');
        await session.signedIn(closing.signal);
      }
      onState('connecting', '');
      const { credential } = session.state;
      const connection = new AbortController();
      const close = () => connection.abort();
      closing.signal.addEventListener('abort', close);
      // A new sign-in has another credential; a refreshed one keeps its session, and its stream.
      const stop = session.subscribe(next => next.status !== 'in' && connection.abort());
      let timer = setTimeout(close, SilenceTimeout);
      let text = 'The connection ended.';
      let openedAt = Infinity;
      let isOver = false;
      try {
        const response = await fetch(address(path, query), {
          headers: { accept: 'text/event-stream', ...session.headers(), ...(lastId ? { 'last-event-id': lastId } : {}) },
          signal: connection.signal,
          cache: 'no-store',
        });
        if (response.status === 401) {
          session.end(credential, endOf(await problemOf(response)));
          continue;
        }
        if (!response.ok) {
          const error = new ApiError(response.status, await problemOf(response), Number(response.headers.get('retry-after')) || undefined);
          if (response.status < 500 && response.status !== 429) {
            throw Object.assign(error, { isFinal: true });
          }
          retry = error.retryAfter ? error.retryAfter * 1_000 : retry;
          throw error;
        }
        onState('open', '');
        openedAt = Date.now();
        for await (const message of messages(response.body, () => {
          clearTimeout(timer);
          timer = setTimeout(close, SilenceTimeout);
        })) {
          failures = 0;
          retry = message.retry ?? retry;
          lastId = message.id ?? lastId;
          if (message.data !== undefined) {
            onEvent({ id: message.id, event: message.event, data: JSON.parse(message.data) });
          }
        }
        // The gateway ends each stream after some minutes. The next one begins at once, so that nothing is shown late.
        isOver = Date.now() - openedAt > retry;
      } catch (error) {
        if (error.isFinal) {
          throw error;
        }
        failures++;
        text = error instanceof ApiError ? error.message : text;
      } finally {
        clearTimeout(timer);
        stop();
        closing.signal.removeEventListener('abort', close);
        connection.abort();
      }
      if (!closing.signal.aborted && session.state.status === 'in') {
        onState('connecting', failures > 0 ? text : '');
        isOver || await pause(Math.min(MaxRetry, retry * 2 ** Math.min(failures, 4)), closing.signal);
      }
    }
  }
}

async function problemOf(response) {
  return response.json().catch(() => ({}));
}

function pause(milliseconds, signal) {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}

// The parts of HTML, section 9.2.6, that the gateway uses.
async function* messages(body, onBytes) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  while (true) {
    const { value, done } = await reader.read();
    if (done) {
      return;
    }
    onBytes();
    const blocks = (rest + value).split(/\r?\n\r?\n/);
    rest = blocks.pop();
    for (const block of blocks) {
      yield parse(block);
    }
  }
}

function parse(block) {
  const message = {};
  for (const line of block.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'data') {
      message.data = message.data === undefined ? value : `${message.data}\n${value}`;
    } else if (name === 'id' || name === 'event') {
      message[name] = value;
    } else if (name === 'retry' && /^\d+$/.test(value)) {
      message.retry = Number(value);
    }
  }
  return message;
}
