// node client.mjs URL, with the access token in GATEWAY_TOKEN
// Uses the gateway with the TypeScript SDK of the Model Context Protocol, and prints what it saw as one line of JSON.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

// Longer than a busy machine stalls.
const options = { timeout: 300_000 };
const client = new Client({ name: 'typescript-peer', version: '1.0.0' });
await client.connect(new StreamableHTTPClientTransport(new URL(process.argv[2]), {
  requestInit: { headers: { Authorization: `Bearer ${process.env.GATEWAY_TOKEN}` } },
}), options);
const tools = (await client.listTools(undefined, options)).tools.map(tool => tool.name);
const file = await client.callTool({ name: 'upload_file', arguments: { filename: 'from-typescript.txt', text: 'grüße' } }, undefined, options);
const id = file.structuredContent.id;
const read = await client.readResource({ uri: `mcpfunctions://files/${id}` }, options);
const missing = await client.callTool({ name: 'get_file', arguments: { id: 'none' } }, undefined, options);
const command = await client.callTool({ name: 'start_command', arguments: { name: 'from-typescript' } }, undefined, options);
const progress = [];
const waited = await client.callTool(
  { name: 'wait_for_command', arguments: { id: command.structuredContent.id, timeoutSeconds: 10 } }, undefined, { ...options, onprogress: report => progress.push(report.message) });
const prompts = (await client.listPrompts(undefined, options)).prompts.map(prompt => prompt.name);
console.log(JSON.stringify({
  server: client.getServerVersion().name,
  tools,
  id,
  text: read.contents[0].text,
  missing: { isError: missing.isError, problem: JSON.parse(missing.content[0].text) },
  waited: waited.structuredContent.status,
  progress,
  prompts,
}));
await client.close();
