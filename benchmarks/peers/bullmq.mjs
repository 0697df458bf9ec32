// node bullmq.mjs REDIS_PORT STORAGE_CONNECTION_STRING one|group
//
// The gateway's three effects by BullMQ: a queue and a worker process for each consumer. one: each job of the audit queue inserts its row, as most
// people would write it. group: the worker collects the rows of concurrent jobs into one transaction, as the gateway does.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Queue } from 'bullmq';
import { serve } from './http.mjs';

const [port, storage, rows] = process.argv.slice(2);
const consumers = ['audit', 'notifications', 'orchestrator'];
const prefix = `{bull-${rows}}`;
const connection = { host: '127.0.0.1', port: Number(port) };

const queues = Object.fromEntries(consumers.map((name) => [name, new Queue(name, { connection, prefix })]));
const handled = Object.fromEntries(consumers.map((name) => [name, 0]));
let changed = () => {};
const workers = consumers.map((name) => {
  const worker = fork(fileURLToPath(new URL('bullmq-worker.mjs', import.meta.url)), [name, prefix, port, storage, rows]);
  worker.on('message', (count) => {
    handled[name] = count;
    changed();
  });
  worker.on('exit', (code) => {
    console.error(`the worker of ${name} ended with ${code}`);
    process.exit(1);
  });
  return worker;
});
process.on('exit', () => workers.forEach((worker) => worker.kill()));

let events = [];

serve({
  // Takes the events of the next burst: a line of JSON for each, with its consumers.
  '/events': async (body) => {
    events = body.split('\n').map((line) => JSON.parse(line));
  },

  // Publishes them, and waits until all their effects are there. Returns the seconds until each consumer had handled all.
  '/burst': async () => {
    const target = { ...handled };
    for (const { consumers: names } of events) for (const name of names) target[name]++;
    const seconds = {};
    const begin = performance.now();
    const done = new Promise((resolve) => {
      changed = () => {
        for (const name of consumers) if (handled[name] >= target[name]) seconds[name] ??= (performance.now() - begin) / 1000;
        if (Object.keys(seconds).length === consumers.length) resolve();
      };
    });
    for (let from = 0; from < events.length; from += 500) {
      const chunk = events.slice(from, from + 500);
      await Promise.all(consumers.map((name) => queues[name].addBulk(chunk
        .filter((each) => each.consumers.includes(name))
        .map(({ event }) => ({ name: event.type, data: event, opts: { jobId: event.id, attempts: 8, removeOnComplete: true } })))));
    }
    changed();
    await done;
    return seconds;
  },
});
