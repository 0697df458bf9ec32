// Calls of the gateway's API. A 401 opens the sign-in over the page, and the call goes on after it.
import { session } from './session.js';

/** A request that failed, in words for the user. */
export class ApiError extends Error {
  constructor(status, problem, retryAfter) {
    super(sentence(status, problem, retryAfter));
    this.name = 'ApiError';
    this.status = status;
    this.errors = problem.errors ?? {};
    this.traceId = problem.traceId;
    this.retryAfter = retryAfter;
    this.body = problem;
  }

  /** The problem of one field, or undefined. */
  of(field) {
    return this.errors[field]?.join(' ');
  }
}

function sentence(status, problem, retryAfter) {
  const fields = Object.entries(problem.errors ?? {}).map(([field, texts]) => `${field}: ${texts.join(' ')}`);
  if (fields.length > 0) {
    return fields.join(' ');
  }
  const wait = retryAfter ? ` Try again in ${retryAfter} seconds.` : '';
  switch (status) {
    case 0:
      return 'The gateway cannot be reached. Check the network, and whether the app runs.';
    case 403:
      return `You may not do this. ${problem.detail ?? ''}`.trim();
    case 429:
      return `Too many requests.${wait}`;
    default:
      return `${problem.detail ?? `The gateway answered ${status}.`}${status === 503 ? wait : ''}`;
  }
}

/**
 * Sends a request and returns the response's JSON, or undefined where it has no body.
 * Options: query, body (sent as JSON), raw (a body as it is), headers, signal, response (return the Response itself).
 */
async function send(method, path, options = {}) {
  const headers = new Headers(options.headers);
  headers.set('accept', 'application/json');
  let body = options.raw;
  if (options.body !== undefined) {
    headers.set('content-type', 'application/json');
    body = JSON.stringify(options.body);
  }
  if (method === 'POST') {
    // The same key on the retry after a sign-in, so that nothing happens twice.
    headers.set('idempotency-key', options.idempotencyKey ?? randomKey());
  }
  let owner;
  while (true) {
    owner = await signedInAs(owner, options.signal);
    const { credential } = session.state;
    for (const [name, value] of Object.entries(session.headers())) {
      headers.set(name, value);
    }
    let response;
    try {
      response = await fetch(address(path, options.query), { method, headers, body, signal: options.signal, cache: 'no-store' });
    } catch (error) {
      throw options.signal?.aborted ? error : new ApiError(0, {});
    } finally {
      headers.delete('authorization');
      headers.delete('x-api-key');
    }
    if (response.status === 401) {
      const problem = await read(response);
      session.end(credential, endOf(problem));
      continue;
    }
    if (!response.ok) {
      throw new ApiError(response.status, await read(response), Number(response.headers.get('retry-after')) || undefined);
    }
    return options.response ? response : response.status === 204 ? undefined : read(response);
  }
}

/** Waits for a sign-in. What one user began does not go on as another. */
async function signedInAs(owner, signal) {
  await session.signedIn(signal);
  const { id } = session.state.user;
  if (owner && owner !== id) {
    throw new DOMException('Somebody else has signed in.', 'AbortError');
  }
  return id;
}

export const api = {
  get: (path, query, options) => send('GET', path, { ...options, query }),
  post: (path, body, options) => send('POST', path, { ...options, body }),
  put: (path, body, options) => send('PUT', path, { ...options, body }),
  patch: (path, body, options) => send('PATCH', path, { ...options, body }),
  del: (path, options) => send('DELETE', path, options),
  send,

  /** Yields the items of a list over its pages. */
  async *items(path, query, options) {
    let continuationToken;
    do {
      const page = await api.get(path, { ...query, continuationToken }, options);
      yield* page.items;
      continuationToken = page.continuationToken;
    } while (continuationToken);
  },

  /** Gets a health report, which is also one when its status is 503. */
  async health(options) {
    try {
      return await api.get('health', { details: true }, options);
    } catch (error) {
      if (error instanceof ApiError && error.body.components) {
        return error.body;
      }
      throw error;
    }
  },

  /**
   * Uploads with progress, which fetch does not tell. onProgress gets the sent share, 0 to 1.
   */
  async upload(method, path, body, { query, headers = {}, onProgress, signal } = {}) {
    const key = randomKey();
    let owner;
    while (true) {
      owner = await signedInAs(owner, signal);
      const { credential } = session.state;
      const sent = { ...headers, ...session.headers(), ...(method === 'POST' ? { 'idempotency-key': key } : {}) };
      const response = await transfer(method, address(path, query), body, sent, onProgress, signal);
      if (response.status === 401) {
        session.end(credential, endOf(parse(response.text)));
        continue;
      }
      if (response.status < 200 || response.status > 299) {
        throw new ApiError(response.status, parse(response.text), Number(response.retryAfter) || undefined);
      }
      return parse(response.text);
    }
  },
};

function transfer(method, url, body, headers, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const transferred = new XMLHttpRequest();
    transferred.open(method, url);
    for (const [name, value] of Object.entries(headers)) {
      transferred.setRequestHeader(name, value);
    }
    transferred.upload.onprogress = event => event.lengthComputable && onProgress?.(event.loaded / event.total);
    transferred.onload = () => resolve({ status: transferred.status, text: transferred.responseText, retryAfter: transferred.getResponseHeader('retry-after') });
    transferred.onerror = () => reject(new ApiError(0, {}));
    transferred.onabort = () => reject(signal?.reason ?? new ApiError(0, {}));
    signal?.addEventListener('abort', () => transferred.abort(), { once: true });
    transferred.send(body);
  });
}

/** The words of the sign-in after a 401. */
export function endOf(problem) {
  return `Your session has ended. Sign in to go on where you were.${problem.detail ? ` (${problem.detail})` : ''}`;
}

export function address(path, query) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== '') {
      parameters.set(name, value);
    }
  }
  const text = parameters.toString();
  return `/api/${path}${text ? `?${text}` : ''}`;
}

async function read(response) {
  return parse(await response.text());
}

function parse(text) {
  try {
    return text ? JSON.parse(text) : {};
  } catch {
    // A proxy in between answers in HTML.
    return {};
  }
}

// crypto.randomUUID is missing where the page comes over plain HTTP from another machine.
export function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('');
}
