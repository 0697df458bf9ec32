// Times a gateway that runs: node bench/gateway.mjs [http://localhost:7071], after ./run with the sample settings.
// Prints medians and 95th percentiles in milliseconds, all of one run, one request at a time.
const base = (process.argv[2] ?? 'http://localhost:7071').replace(/\/$/, '') + '/api';

const json = { 'Content-Type': 'application/json' };
const login = await fetch(`${base}/auth/login`, {
  method: 'POST',
  headers: json,
  body: JSON.stringify({ username: 'admin', password: process.env.GATEWAY_PASSWORD ?? 'local-only-password' }),
});
if (!login.ok) throw new Error(`login was answered with ${login.status}`);
const bearer = { Authorization: `Bearer ${(await login.json()).accessToken}` };

async function time(name, count, act) {
  for (let warm = 0; warm < Math.min(50, count); warm++) await act();
  const times = [];
  for (let turn = 0; turn < count; turn++) {
    const start = performance.now();
    await act();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor(times.length * share)].toFixed(1).padStart(8);
  console.log(`${name.padEnd(58)} median ${at(0.5)}   95 % ${at(0.95)}`);
}

async function read(path, headers = bearer) {
  const answer = await fetch(`${base}/${path}`, { headers });
  return { status: answer.status, body: await answer.text() };
}

async function upload() {
  const answer = await fetch(`${base}/files?filename=bench.txt`, {
    method: 'POST',
    headers: { ...bearer, 'Content-Type': 'text/plain' },
    body: 'benchmark',
  });
  if (answer.status !== 201) throw new Error(`an upload was answered with ${answer.status}`);
  return (await answer.json()).id;
}

await time('a call that only the middleware answers (401)', 500, () => read('audit', {}));
const id = await upload();
await time('a file\'s record (one read of storage)', 300, () => read(`files/${id}`));
await time('an upload (blob, pointer, transaction, publish)', 150, upload);
await time('an upload, and its line seen in the audit log', 100, async () => {
  const uploaded = await upload();
  while (!(await read(`audit?resourceId=${uploaded}`)).body.includes(uploaded));
});
