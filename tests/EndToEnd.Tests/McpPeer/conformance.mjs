// node conformance.mjs URL SCENARIO..., with the access token in GATEWAY_TOKEN
// Runs scenarios of the conformance suite against the gateway. The suite knows no credentials, so a proxy adds them.
import { spawn } from 'node:child_process';
import http from 'node:http';
import { fileURLToPath } from 'node:url';

const [url, ...scenarios] = process.argv.slice(2);
const target = new URL(url);
const proxy = http.createServer((request, response) => {
  const headers = { ...request.headers, authorization: `Bearer ${process.env.GATEWAY_TOKEN}` };
  const onward = http.request({ hostname: target.hostname, port: target.port, path: request.url, method: request.method, headers }, answer => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  response.on('close', () => onward.destroy());
  request.pipe(onward);
});
await new Promise(resolve => proxy.listen(0, resolve));
const here = path => fileURLToPath(new URL(path, import.meta.url));
await Promise.all(scenarios.map(async scenario => {
  const suite = spawn(
    process.execPath,
    ['--import', here('./node20.mjs'), here('./node_modules/@modelcontextprotocol/conformance/dist/index.js'),
      'server', '--url', `http://localhost:${proxy.address().port}${target.pathname}`, '--scenario', scenario],
    { stdio: 'inherit' });
  const code = await new Promise(resolve => suite.on('exit', resolve));
  console.log(`scenario ${scenario}: ${code === 0 ? 'passed' : `failed with ${code}`}`);
}));
proxy.close();
proxy.closeAllConnections();
