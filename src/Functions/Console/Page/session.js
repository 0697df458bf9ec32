// Who is signed in. The credential lives in this module's memory and nowhere else: no cookie, no storage.
const listeners = new Set();
let state = { status: 'starting', credential: null, user: null, scopes: [], isSession: false, notice: '' };
let refreshTimer = 0;

// Tabs of this origin pass the credential on in memory, so that a link opened in a new tab stays signed in,
// and a sign-out ends all of them at once.
const tabs = 'BroadcastChannel' in self ? new BroadcastChannel('mcp-gateway-console') : null;
// After it the sign-in is shown. A tab in the background of a slow machine may answer later, and its answer is still taken.
const AnswerTimeout = 200;
let isAnswerAwaited = false;
let signInTimer = 0;

export const session = {
  get state() {
    return state;
  },

  subscribe(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },

  /** The headers that carry the credential. */
  headers() {
    return state.credential?.token ? { authorization: `Bearer ${state.credential.token}` } : state.credential?.key ? { 'x-api-key': state.credential.key } : {};
  },

  /** Whether the signed-in user has a scope. To write commands or workflows includes to read them. */
  can(scope) {
    return !scope || state.scopes.includes(scope) || (/^(commands|workflows):read$/.test(scope) && state.scopes.includes(scope.replace('read', 'write')));
  },

  get isAdmin() {
    return state.user?.role === 'admin';
  },

  /** Resolves when somebody is signed in. */
  signedIn(signal) {
    return new Promise((resolve, reject) => {
      const stop = session.subscribe(check);
      signal?.addEventListener('abort', leave, { once: true });
      check();

      function check() {
        if (state.status === 'in') {
          stop();
          signal?.removeEventListener('abort', leave);
          resolve();
        }
      }

      function leave() {
        stop();
        reject(signal.reason);
      }
    });
  },

  async signIn(username, password) {
    isAnswerAwaited = false;
    const login = await request('POST', 'auth/login', {}, { username, password });
    await accept(credentialOf(login));
  },

  async useKey(key) {
    isAnswerAwaited = false;
    await accept({ key });
  },

  /** Asks the other tabs of this browser for their credential. */
  start() {
    if (tabs) {
      isAnswerAwaited = true;
      tabs.postMessage({ ask: true });
    }
    signInTimer = setTimeout(showSignIn, tabs ? AnswerTimeout : 0);
  },

  /** Forgets a credential that the gateway refuses. The page stays as it is, under the sign-in. */
  end(credential, notice) {
    // A late response must not sign out somebody who has signed in again meanwhile.
    if (credential === state.credential && state.status === 'in') {
      forget(notice);
    }
  },

  async signOut() {
    const left = state.credential;
    const isSession = state.isSession;
    const headers = session.headers();
    if (isSession) {
      tabs?.postMessage({ ended: left.sessionId });
    }
    forget('You are signed out.');
    if (isSession) {
      await request('POST', 'auth/logout', headers).catch(error => {
        change({ notice: `You are signed out here, but the gateway was not told: ${error.message} The session ends by itself.` });
      });
    }
  },
};

function change(next) {
  state = { ...state, ...next };
  for (const listener of [...listeners]) {
    listener(state);
  }
}

function forget(notice) {
  clearTimeout(refreshTimer);
  change({ status: 'out', credential: null, notice });
}

function credentialOf(login) {
  return { token: login.accessToken, sessionId: login.sessionId, refreshAt: Date.now() + login.expiresIn * 500 };
}

async function accept(credential) {
  enter(credential, await ownerOf(credential));
}

function ownerOf(credential) {
  return request('GET', 'auth/me', credential.token ? { authorization: `Bearer ${credential.token}` } : { 'x-api-key': credential.key });
}

function enter(credential, owner) {
  change({ status: 'in', credential, user: owner.user, scopes: owner.scopes, isSession: Boolean(owner.sessionId), notice: '' });
  planRefresh();
}

// At half of the token's life, so that one failed try is not the end of the session.
function planRefresh() {
  clearTimeout(refreshTimer);
  if (state.credential?.refreshAt) {
    refreshTimer = setTimeout(refresh, Math.max(1_000, state.credential.refreshAt - Date.now()));
  }
}

async function refresh() {
  const before = state.credential;
  try {
    const login = await request('POST', 'auth/refresh', session.headers());
    if (state.credential === before) {
      change({ credential: credentialOf(login) });
      planRefresh();
    }
  } catch (error) {
    if (error.status === 401) {
      session.end(before, 'Your session has ended. Sign in to go on where you were.');
    } else if (state.credential === before) {
      refreshTimer = setTimeout(refresh, 15_000);
    }
  }
}

/** A request without the retry after a sign-in. */
async function request(method, path, headers, body) {
  let response;
  try {
    response = await fetch(`/api/${path}`, {
      method,
      headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
      body: body ? JSON.stringify(body) : undefined,
      cache: 'no-store',
    });
  } catch {
    throw new Error('The gateway cannot be reached.');
  }
  const text = await response.text();
  let read = {};
  try {
    read = text ? JSON.parse(text) : {};
  } catch {
    // A proxy in between answers in HTML.
  }
  if (!response.ok) {
    const wait = response.headers.get('retry-after');
    const detail = read.errors ? Object.values(read.errors).flat().join(' ') : read.detail || `The gateway answered ${response.status}.`;
    throw Object.assign(new Error(response.status === 429 && wait ? `Too many tries. Wait ${wait} seconds.` : detail), { status: response.status });
  }
  return read;
}

function showSignIn() {
  if (state.status === 'starting') {
    change({ status: 'out' });
  }
}

async function takeAnswer(credential) {
  isAnswerAwaited = false;
  clearTimeout(signInTimer);
  try {
    const owner = await ownerOf(credential);
    // Whoever has signed in here meanwhile stays.
    if (state.status !== 'in') {
      enter(credential, owner);
    }
  } catch {
    // The other tab's session has just ended.
    showSignIn();
  }
}

tabs?.addEventListener('message', ({ data }) => {
  if (data.ask && state.status === 'in') {
    tabs.postMessage({ credential: state.credential });
  } else if (data.credential && isAnswerAwaited) {
    takeAnswer(data.credential);
  } else if (data.ended && data.ended === state.credential?.sessionId) {
    forget('You signed out in another tab. Sign in to go on where you were.');
  }
});
