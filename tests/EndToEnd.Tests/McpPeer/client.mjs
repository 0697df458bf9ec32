// node client.mjs URL, with the access token in GATEWAY_TOKEN
// Uses the gateway with the TypeScript SDK of the Model Context Protocol, and prints what it saw as one line of JSON.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const client = new Client({ name: 'typescript-peer', version: '1.0.0' });
await client.connect(new StreamableHTTPClientTransport(new URL(process.argv[2]), {
  requestInit: { headers: { Authorization: `Bearer ${process.env.GATEWAY_TOKEN}` } },
}));
const tools = (await client.listTools()).tools.map(tool => tool.name);
const file = await client.callTool({ name: 'upload_file', arguments: { filename: 'from-typescript.txt', text: 'grüße' } });
const id = file.structuredContent.id;
const read = await client.readResource({ uri: `mcpfunctions://files/${id}` });
const missing = await client.callTool({ name: 'get_file', arguments: { id: 'none' } });
const command = await client.callTool({ name: 'start_command', arguments: { name: 'from-typescript' } });
const progress = [];
const waited = await client.callTool(
  { name: 'wait_for_command', arguments: { id: command.structuredContent.id, timeoutSeconds: 1 } }, undefined, { onprogress: report => progress.push(report.message) });
const prompts = (await client.listPrompts()).prompts.map(prompt => prompt.name);
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
