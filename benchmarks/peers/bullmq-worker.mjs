// The worker of one consumer. Started by bullmq.mjs.
import { TableClient, TableTransaction } from '@azure/data-tables';
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';

const [consumer, prefix, port, storage, rows] = process.argv.slice(2);
const redis = new Redis(Number(port), '127.0.0.1');

// Each job inserts one row. 409: it is there from an earlier attempt.
const table = consumer === 'audit' ? TableClient.fromConnectionString(storage, `Bull${rows}`, { allowInsecureConnection: true }) : null;
await table?.createTable();

function rowOf(event) {
  const time = new Date(event.timestamp);
  return {
    partitionKey: event.timestamp.slice(0, 13).replace(/\D/g, ''),
    rowKey: `${String(9e15 - time.getTime())}-${event.id}`,
    Type: event.type,
    UserId: event.metadata.userId,
    ResourceId: event.payload.fileId,
    Entry: Buffer.from(JSON.stringify({ eventId: event.id, action: event.type, event })),
  };
}

async function insertOne(event) {
  await table.createEntity(rowOf(event)).catch((error) => {
    if (error.statusCode !== 409) throw error;
  });
}

// Collects the rows of concurrent jobs, as long as the previous transaction takes.
const waiting = [];
let committing = false;
function insertGrouped(event) {
  const done = new Promise((resolve, reject) => waiting.push({ event, resolve, reject }));
  if (!committing) commit();
  return done;
}
async function commit() {
  committing = true;
  while (waiting.length > 0) {
    const partition = rowOf(waiting[0].event).partitionKey;
    const taken = [];
    for (let index = 0; index < waiting.length && taken.length < 100;) {
      if (rowOf(waiting[index].event).partitionKey === partition) taken.push(...waiting.splice(index, 1));
      else index++;
    }
    const transaction = new TableTransaction();
    for (const { event } of taken) transaction.createEntity(rowOf(event));
    try {
      await table.submitTransaction(transaction.actions);
      for (const each of taken) each.resolve();
    } catch {
      await Promise.all(taken.map((each) => insertOne(each.event).then(each.resolve, each.reject)));
    }
  }
  committing = false;
}

redis.defineCommand('addToInbox', {
  numberOfKeys: 2,
  lua: `
    if redis.call('ZADD', KEYS[2], 'NX', ARGV[2], ARGV[1]) == 0 then return 0 end
    local time = redis.call('TIME')
    redis.call('ZADD', KEYS[1], string.format('%.0f', time[1] * 1000000 + time[2]), ARGV[3])
    redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -10001)
    redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -10001)
    redis.call('PUBLISH', ARGV[4], ARGV[1])
    return 1`,
});
redis.defineCommand('applyToContext', {
  numberOfKeys: 1,
  lua: `
    local known = redis.call('HGET', KEYS[1], ARGV[1])
    if known and string.match(known, '^%S+') >= ARGV[2] then return 0 end
    redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. ARGV[3])
    redis.call('HINCRBY', KEYS[1], '_version', 1)
    return 1`,
});

const effects = {
  audit: rows === 'group' ? insertGrouped : insertOne,
  notifications: async (event) => {
    const user = event.metadata.userId ?? 'administrators';
    await redis.addToInbox(
      `${prefix}:inbox:${user}`, `${prefix}:seen:${user}`, event.id, Date.parse(event.timestamp),
      JSON.stringify({ eventId: event.id, name: event.type, timestamp: event.timestamp, payload: event.payload }), `bull:${user}`);
  },
  orchestrator: async (event) => {
    const entity = Object.values(event.payload)[0];
    await redis.applyToContext(`${prefix}:context:${event.metadata.userId}`, `${event.type}:${entity}`, `${event.timestamp}:${event.id}`, JSON.stringify(event.payload));
  },
};

let handled = 0;
let reported = 0;
const worker = new Worker(consumer, async (job) => {
  await effects[consumer](job.data);
  handled++;
}, { connection: { host: '127.0.0.1', port: Number(port) }, prefix, concurrency: 100 });
worker.on('error', (error) => console.error(error));
setInterval(() => {
  if (handled !== reported) process.send(reported = handled);
}, 10);
process.on('disconnect', () => process.exit(0));
