// Tests of what the console's page works out before it draws: run with node --test.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const page = process.env.CONSOLE_PAGE;
const listeners = () => ({ addEventListener() {}, removeEventListener() {} });
globalThis.self = globalThis;
globalThis.matchMedia = () => ({ matches: false, ...listeners() });
globalThis.document = { documentElement: { dataset: {} }, hidden: false, ...listeners() };
globalThis.location = { hash: '' };
// The real one would keep the process alive.
delete globalThis.BroadcastChannel;
const load = name => import(pathToFileURL(`${page}/${name}`).href);
const { Feed, effectOf } = await load('feed.js');
const { tell } = await load('tabs/story.js');
const { findings } = await load('tabs/overview.js');
const { grouped, differences } = await load('tabs/dead-letters.js');
const { openStream } = await load('stream.js');
const { api } = await load('api.js');
const { session } = await load('session.js');
const { duration } = await load('format.js');

const Start = Date.parse('2026-01-17T09:30:00.000Z');
const at = milliseconds => new Date(Start + milliseconds).toISOString();
const event = (id, type, milliseconds = 0) => ({ id, type, timestamp: at(milliseconds), correlationId: 'c', payload: {}, metadata: { service: 'mcp-gateway', version: '1.0.0' } });
const effect = (eventId, consumer, latencyMs, more = {}) => ({ eventId, consumer, result: 'handled', source: 'doorbell', at: at(latencyMs), latencyMs, ...more });
const feedOf = (...messages) => {
  const feed = new Feed();
  messages.forEach(message => (message.eventId ? feed.addEffect(message) : feed.addEvent(message, ['audit', 'notifications'])));
  return feed;
};
const told = (feed, afterMilliseconds, letters = new Map()) => tell(feed.entries, letters, Start + afterMilliseconds);

test('A feed keeps the newest events, drops repeats, and counts all that came', () => {
  const feed = new Feed(3);
  for (let number = 1; number <= 5; number++) {
    feed.addEvent(event(`e${number}`, 'file.uploaded'), ['audit']);
  }
  assert.equal(feed.addEvent(event('e5', 'file.uploaded'), ['audit']), false);
  assert.deepEqual(feed.entries.map(entry => entry.event.id), ['e5', 'e4', 'e3']);
  assert.equal(feed.byId.size, 3);
  assert.equal(feed.total, 5);
  assert.equal(feed.addEffect(effect('e5', 'audit', 5)), true);
  assert.equal(feed.addEffect(effect('e5', 'audit', 5)), false);
  assert.equal(feed.addEffect(effect('e1', 'audit', 5)), false);
});

test('The first success of a consumer counts, although the event is handled again', () => {
  const { entries: [entry] } = feedOf(event('e', 'file.uploaded'), effect('e', 'audit', 5, { result: 'failed' }), effect('e', 'audit', 40), effect('e', 'audit', 9_000, { source: 'replay' }));
  assert.equal(effectOf(entry, 'audit').latencyMs, 40);
});

test('A complete story says so', () => {
  const story = told(feedOf(event('e', 'file.uploaded'), effect('e', 'audit', 12), effect('e', 'notifications', 30)), 60_000);
  assert.equal(story.kind, 'ok');
  assert.match(story.title, /^Complete/);
  assert.equal(story.lines.length, 0);
});

test('A story says which effect is missing, and for how long', () => {
  const feed = feedOf(event('e', 'file.uploaded'), effect('e', 'audit', 12));
  assert.equal(told(feed, 2_000).kind, 'info');
  const late = told(feed, 42_000);
  assert.equal(late.kind, 'bad');
  assert.equal(late.title, '1 effect is missing.');
  assert.match(late.lines[0].text, /^notifications has no effect of file\.uploaded yet, 42 s after it/);
  // Redis keeps effects for a while only.
  assert.match(told(feed, 3_600_000).lines[0].text, /not known any more/);
  assert.equal(told(feed, 3_600_000).kind, 'ok');
});

test('A story says why an effect was slow, where time passed, and what was given up', () => {
  const feed = feedOf(
    event('e', 'command.started'), effect('e', 'audit', 12), effect('e', 'notifications', 5_300, { source: 'recovery' }),
    event('f', 'command.failed', 90_000), effect('f', 'audit', 90_010));
  const letters = new Map([['notifications/f', { id: 'f', attempts: 8, history: [{ error: 'The store is broken.' }] }]]);
  const story = told(feed, 100_000, letters);
  assert.match(story.lines[0].text, /^notifications gave up command\.failed after 8 attempts: The store is broken\./);
  assert.match(story.lines[0].href, /dead-letters\?consumer=notifications&open=f/);
  assert.match(story.lines[1].text, /^notifications took 5\.3 s for command\.started\. Recovery brought it/);
  assert.deepEqual(story.steps.filter(step => step.gap).map(step => step.gap), ['1 min 30 s pass between command.started and command.failed.']);
});

test('The overview puts what is worst first, and links to it', () => {
  const consumer = { name: 'audit', deadLetters: 3, lagSeconds: 0, pending: 0, openReplays: 1, pairs: [{ type: 'file.uploaded', lastTickAt: at(0) }] };
  const report = { components: [{ component: 'redis', status: 'healthy' }, { component: 'blobs', status: 'unknown' }] };
  const found = findings([consumer], report, undefined, Start + 5_000);
  assert.deepEqual(found.map(each => each.text), ['3 dead letters in audit.', 'blobs is unknown.', '1 replay for audit is not finished.']);
  assert.equal(found[0].href, '#/dead-letters?consumer=audit');
  const late = findings([{ ...consumer, deadLetters: 0, openReplays: 0, lagSeconds: 95, pending: 7 }], { components: [] }, undefined, Start + 120_000);
  assert.match(late[0].text, /^audit is 1 min 35 s behind: 7 events wait\./);
  assert.match(late[1].text, /^No app handles any events for audit since/);
  assert.deepEqual(findings([{ ...consumer, deadLetters: 0, openReplays: 0 }], { components: [] }, undefined, Start + 5_000), []);
});

test('Dead letters with the same error are one group, whatever ids it names', () => {
  const letter = (consumer, id, error) => ({ consumer, id, history: [{ error }] });
  const groups = grouped([
    letter('audit', '1', 'No user 0198c1f0-1111-7c11-9f5e-1b2a3c4d5e6f.'), letter('audit', '2', 'No user 0198c1f0-2222-7c11-9f5e-1b2a3c4d5e6f.'),
    letter('audit', '3', 'Too slow.'), letter('orchestrator', '1', 'Too slow.'),
  ]);
  assert.deepEqual(groups.map(group => [group.consumer, group.errors.map(each => each.letters.length)]), [['audit', [2, 1]], ['orchestrator', [1]]]);
});

test('An edit names the changed fields as the audit log does', () => {
  assert.deepEqual(differences({ id: 'e', payload: { size: 'big', gone: 1 } }, { id: 'e', payload: { size: 10, tags: [1] } }), [
    { field: 'payload.gone', before: '1', after: undefined },
    { field: 'payload.size', before: '"big"', after: '10' },
    { field: 'payload.tags', before: undefined, after: '[1]' },
  ]);
});

test('A duration is in the unit that suits it', () => {
  assert.deepEqual([0.0123, 1.24, 95, 7_260, 200_000].map(duration), ['12 ms', '1.2 s', '1 min 35 s', '2 h 1 min', '2 days']);
});

// ---------------------------------------------------------------------------------------------------------------------
// With a gateway that answers as it is told

const json = (status, body, headers = {}) => new Response(status === 204 ? null : JSON.stringify(body), { status, headers });
const me = (id = 'u') => json(200, { user: { id, username: 'ada', role: 'admin' }, scopes: ['events:admin'] });
let answer;
const calls = [];
globalThis.fetch = async (url, init = {}) => {
  const call = { url, method: init.method ?? 'GET', headers: new Headers(init.headers), signal: init.signal };
  calls.push(call);
  return answer(call);
};

test('A request waits for the sign-in after a 401, and goes on with the same idempotency key', async () => {
  answer = () => me();
  await session.useKey('mcp_old');
  answer = ({ headers }) => (headers.get('x-api-key') === 'mcp_old' ? json(401, { detail: 'It has expired.' }) : json(200, { done: true }));
  calls.length = 0;
  const waiting = api.post('dead-letters/retry', { consumer: 'audit' });
  await until(() => session.state.status === 'out');
  assert.match(session.state.notice, /Sign in to go on where you were/);
  const before = answer;
  answer = call => (call.url === '/api/auth/me' ? me() : before(call));
  await session.useKey('mcp_new');
  assert.deepEqual(await waiting, { done: true });
  const [first, last] = calls.filter(call => call.url === '/api/dead-letters/retry');
  assert.equal(first.headers.get('idempotency-key'), last.headers.get('idempotency-key'));
});

test('What one user began does not go on as another', async () => {
  answer = () => me('u');
  await session.useKey('mcp_one');
  answer = () => json(401, {});
  const waiting = assert.rejects(api.post('dead-letters/retry', {}), { name: 'AbortError' });
  await until(() => session.state.status === 'out');
  answer = call => (call.url === '/api/auth/me' ? me('another') : assert.fail('It was sent as another user.'));
  await session.useKey('mcp_two');
  await waiting;
});

test('An error is a sentence, with each wrong field', async () => {
  answer = call => (call.url === '/api/auth/me' ? me() : json(400, { detail: 'Invalid.', errors: { from: ['Send a time.'] } }));
  await session.useKey('mcp_key');
  await assert.rejects(api.get('events/count'), error => error.message === 'from: Send a time.' && error.of('from') === 'Send a time.');
  answer = () => json(503, { detail: 'The gateway cannot reach its storage now.' }, { 'retry-after': '5' });
  await assert.rejects(api.get('events'), { message: 'The gateway cannot reach its storage now. Try again in 5 seconds.' });
  answer = () => Promise.reject(new TypeError('Failed to fetch'));
  await assert.rejects(api.get('events'), /cannot be reached/);
});

test('A stream goes on after its last event, also if a message comes in parts', async () => {
  const texts = [['retry: 1\n\nid: 7\nevent: ev', 'ent\ndata: {"event":', '{"id":"e1"}}\n\n', ':\n\n'], ['id: 8\nevent: event\ndata: {"event":{"id":"e2"}}\n\n']];
  const asked = [];
  answer = ({ headers }) => {
    asked.push(headers.get('last-event-id'));
    const parts = texts.shift() ?? [];
    return new Response(new ReadableStream({
      start(controller) {
        parts.forEach(part => controller.enqueue(new TextEncoder().encode(part)));
        controller.close();
      },
    }));
  };
  const seen = [];
  const close = openStream('operations/stream', {}, { onEvent: message => seen.push(message.data.event.id) });
  await until(() => seen.length === 2);
  close();
  assert.deepEqual(seen, ['e1', 'e2']);
  assert.deepEqual(asked.slice(0, 2), [null, '7']);
});

test('A stream that is refused for good says why', async () => {
  answer = () => json(403, { detail: 'Only administrators.' });
  const states = [];
  openStream('operations/stream', {}, { onEvent() {}, onState: (...state) => states.push(state) });
  await until(() => states.some(([name]) => name === 'failed'));
  assert.match(states.at(-1)[1], /^You may not do this\. Only administrators\./);
});

// The tests end with the process: a deadline here would only hide which condition never came.
async function until(condition) {
  while (!condition()) {
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}
