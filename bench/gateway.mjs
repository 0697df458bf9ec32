// node bench/gateway.mjs                           measures the last build, started by ./run with new data
// node bench/gateway.mjs --root FOLDER             measures another checkout, to compare two versions of the code
// node bench/gateway.mjs http://localhost:7071     measures a running gateway, without start-up, memory and PUBLISH
// Set GATEWAY_PASSWORD if the administrator's password is not the sample's.
//
// Times are medians and 95th percentiles of one run. The right column shows measurements of the official host (4.1037,
// with the official worker and a trivial app) on two cores. The figures depend on the machine and its other load, so the
// load average is printed too.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const rootAt = process.argv.indexOf('--root');
const root = rootAt > 0 ? path.resolve(process.argv[rootAt + 1]) : path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const address = process.argv[2]?.startsWith('http') ? process.argv[2] : null;
const password = process.env.GATEWAY_PASSWORD ?? 'local-only-password';

const started = address ? null : await start();
const base = (address ?? `http://localhost:${started.port}`).replace(/\/$/, '') + '/api';

try {
  row('load average (1 min)', os.loadavg()[0].toFixed(1));
  if (started) {
    row('./run to ready', `${(started.readyAfter / 1000).toFixed(1)} s`);
    row('  of it, function app from start to ready', `${(started.appAfter / 1000).toFixed(1)} s`, '3.4 s');
    await pause(10_000);
    memory('idle, before any call');
  }
  await measure();
  if (started) await burst(5_000);
  if (started) memory('after the calls above');
  if (started) {
    await large();
    memory('transfers of 100 MB, one after the other', 'VmHWM');
    memory('right after them');
  }
  await streams(500);
} finally {
  await started?.stop();
}

async function measure() {
  const bearer = await login();
  await time('a warm call that is refused at once (401)', 500, () => read('audit', {}), '5.7 ms');
  await throughput('the same with 8 clients in parallel', 4_000, 8, () => read('audit', {}), '490/s');
  const id = await upload(bearer, 'benchmark');
  await time('a file\'s record (reads session and record)', 300, () => read(`files/${id}`, bearer));
  await time('an upload (blob, outbox, transaction, publish)', 150, () => upload(bearer, 'benchmark'));
  await time('an upload until it is in the audit log', 100, async () => {
    const uploaded = await upload(bearer, 'benchmark');
    while (!(await read(`audit?resourceId=${uploaded}`, bearer)).includes(uploaded));
  });
  if (started) {
    const redis = net.connect(started.redisPort, '127.0.0.1');
    redis.resume();
    await time('another service\'s PUBLISH until in the audit log', 100, async () => {
      const event = foreignEvent();
      const message = JSON.stringify(event);
      redis.write(`*3\r\n$7\r\nPUBLISH\r\n$20\r\nevents:file.uploaded\r\n$${Buffer.byteLength(message)}\r\n${message}\r\n`);
      while (!(await read(`audit?resourceId=${event.payload.fileId}`, bearer)).includes(event.id));
    });
    redis.destroy();
  }
}

// Another service publishes many events at once. Each consumer counts the events that it has handled.
async function burst(count) {
  const bearer = await login();
  const handled = async () => Object.fromEntries(
    JSON.parse(await read('consumers', bearer)).items.map(({ name, delivered, recovered }) => [name, delivered + recovered]));
  const before = await handled();
  const redis = net.connect(started.redisPort, '127.0.0.1');
  redis.resume();
  const begin = performance.now();
  for (let number = 0; number < count; number++) {
    const event = foreignEvent();
    event.payload.uploadedBy = `bench-${number % 20}`;
    const message = JSON.stringify(event);
    redis.write(`*3\r\n$7\r\nPUBLISH\r\n$20\r\nevents:file.uploaded\r\n$${Buffer.byteLength(message)}\r\n${message}\r\n`);
  }
  const times = {};
  while (Object.keys(times).length < Object.keys(before).length) {
    await pause(50);
    const now = await handled();
    for (const name of Object.keys(before)) {
      if (now[name] - before[name] >= count) times[name] ??= performance.now() - begin;
    }
    if (performance.now() - begin > 300_000) throw new Error(`after 5 minutes: ${JSON.stringify({ before, now })}`);
  }
  redis.destroy();
  for (const [name, elapsed] of Object.entries(times)) {
    row(`${count} PUBLISHes of one type at once, until ${name} has handled all`, `${(elapsed / 1000).toFixed(1)} s (${Math.round(count / elapsed * 1000)}/s)`);
  }
}

// 100 MB is the largest file that the form upload accepts too.
async function large() {
  const bearer = await login();
  const body = Buffer.alloc(100_000_000, 'x');
  let id;
  await time('an upload of 100 MB', 5, async () => { id = await upload(bearer, body); }, '', 1);
  await time('a download of 100 MB', 5, async () => {
    const content = await (await fetch(`${base}/files/${id}/content`, { headers: bearer })).arrayBuffer();
    if (content.byteLength !== body.length) throw new Error(`a download had ${content.byteLength} bytes`);
  }, '', 1);
}

// Measures clients of the notification stream. Older versions of the code have only the long poll.
async function streams(count) {
  const bearer = await login();
  await upload(bearer, 'benchmark');
  await pause(2_000);
  const { after: last } = await (await fetch(`${base}/notifications?limit=1`, { headers: bearer })).json();
  const live = (await fetch(`${base}/notifications/stream?after=${last}`, { headers: bearer }).catch(() => null));
  const route = live?.ok ? 'notifications/stream' : 'notifications';
  await live?.body?.cancel();
  const one = await connect(route, bearer, last);
  let latest = last;
  const begin = performance.now();
  await upload(bearer, 'benchmark');
  const uploaded = performance.now();
  latest = await one.next();
  row('an upload until a connected stream has it', `${(performance.now() - begin).toFixed(0)} ms (response after ${(uploaded - begin).toFixed(0)})`);
  one.close();
  await pause(1_000);
  const clients = await Promise.all(Array.from({ length: count }, () => connect(route, bearer, latest)));
  await pause(3_000);
  if (started) memory(`with ${count} streams connected`);
  const sent = performance.now();
  await upload(bearer, 'benchmark');
  await Promise.all(clients.map((client) => client.next()));
  row(`an upload until ${count} connected streams have it`, `${(performance.now() - sent).toFixed(0)} ms`);
  clients.forEach((client) => client.close());
  await pause(2_000);
}

// Connects a client. Its next() returns the sequence number of the next event.
async function connect(route, bearer, after) {
  const gone = new AbortController();
  const response = fetch(`${base}/${route}?after=${after}&wait=30`, { headers: { ...bearer, Accept: 'text/event-stream' }, signal: gone.signal });
  response.catch(() => {});
  // The stream sends its headers at once, the long poll only with its events.
  if (route.endsWith('stream')) await response;
  else await pause(20);
  return {
    async next() {
      const decoder = new TextDecoder();
      let text = '';
      for await (const part of (await response).body) {
        text += decoder.decode(part, { stream: true });
        const id = /^id: ?(\d+)\r?$/m.exec(text);
        if (id && /^data:/m.test(text)) return Number(id[1]);
      }
      throw new Error('a stream ended without an event');
    },
    close() { gone.abort(); },
  };
}

function foreignEvent() {
  return {
    id: crypto.randomUUID(),
    type: 'file.uploaded',
    timestamp: new Date().toISOString(),
    payload: { fileId: crypto.randomUUID(), filename: 'bench.txt', size: 9, contentType: 'text/plain', uploadedBy: 'bench' },
    metadata: { service: 'bench', version: '1.0.0' },
  };
}

async function login() {
  const response = await fetch(`${base}/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password }),
  });
  if (!response.ok) throw new Error(`login failed with status ${response.status}`);
  return { Authorization: `Bearer ${(await response.json()).accessToken}` };
}

async function read(route, headers) {
  return (await fetch(`${base}/${route}`, { headers })).text();
}

async function upload(bearer, body) {
  const response = await fetch(`${base}/files?filename=bench.txt`, { method: 'POST', headers: { ...bearer, 'Content-Type': 'text/plain' }, body });
  if (response.status !== 201) throw new Error(`an upload failed with status ${response.status}`);
  return (await response.json()).id;
}

async function time(name, count, act, official = '', warmUp = 50) {
  for (let warm = 0; warm < Math.min(warmUp, count); warm++) await act();
  const times = [];
  for (let turn = 0; turn < count; turn++) {
    const begin = performance.now();
    await act();
    times.push(performance.now() - begin);
  }
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor(times.length * share)].toFixed(1);
  row(name, `${at(0.5)} ms (95 %: ${at(0.95)})`, official);
}

async function throughput(name, count, clients, act, official) {
  const begin = performance.now();
  let left = count;
  await Promise.all(Array.from({ length: clients }, async () => {
    while (left-- > 0) await act();
  }));
  row(name, `${Math.round(count / (performance.now() - begin) * 1000)}/s`, official);
}

// Prints the resident memory of the host and its worker, on systems with /proc.
function memory(when, field = 'VmRSS') {
  if (!existsSync('/proc/self/status')) return;
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((id) => {
    try {
      const status = readFileSync(`/proc/${id}/status`, 'utf8');
      return {
        id,
        parent: /^PPid:\s+(\d+)/m.exec(status)[1],
        megabytes: Math.round(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)[1] / 1024),
        arguments: readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0'),
      };
    } catch {
      return null;
    }
  }).filter(Boolean);
  const host = processes.find(({ arguments: given }) => given[0].endsWith('dotnet') && given.includes('start') && given.includes(`${started.port}`));
  const worker = processes.find(({ parent, arguments: given }) => parent === host?.id && given.some((one) => one.endsWith('McpFunctions.Functions.dll')));
  row(`${field === 'VmHWM' ? 'peak ' : ''}memory of host + worker, ${when}`, `${host?.megabytes} + ${worker?.megabytes} MB`, when.startsWith('idle') ? '156 + 68 MB' : '');
}

function row(name, value, official = '') {
  console.log(`${name.padEnd(54)} ${value.padEnd(26)} ${official}`.trimEnd());
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function start() {
  const data = mkdtempSync(path.join(os.tmpdir(), 'mcpfunctions-bench-'));
  const [port, redisPort, azuritePort] = [17071, 16380, 11000];
  const begin = performance.now();
  const environment = { ...process.env };
  delete environment.RedisConnection;
  delete environment.AzureWebJobsStorage;
  // All streams are of one user.
  environment.Notifications__MaxOpenPerUser = '1000';
  const run = spawn(path.join(root, 'run'), [
    '--no-build', '--data', data, '--port', `${port}`, '--redis-port', `${redisPort}`, '--azurite-port', `${azuritePort}`,
  ], { env: environment });
  const ended = new Promise((resolve) => run.once('close', resolve));
  let output = '';
  let appBegin = 0;
  const readyAfter = await new Promise((resolve, reject) => {
    const collect = (text) => {
      output += text;
      if (!appBegin && output.includes('Azure Functions local host')) appBegin = performance.now();
      if (output.includes('McpFunctions listens on')) resolve(performance.now() - begin);
    };
    run.stdout.on('data', collect);
    run.stderr.on('data', collect);
    ended.then((code) => {
      rmSync(data, { recursive: true, force: true });
      reject(new Error(`./run ended with ${code}:\n${output}`));
    });
  });
  return {
    port,
    redisPort,
    readyAfter,
    appAfter: performance.now() - appBegin,
    async stop() {
      run.kill('SIGINT');
      await ended;
    },
  };
}
