// Serves the commands of ./bench on a free port of the loopback address, and prints the port.
import { createServer } from 'node:http';

// commands: path -> async (body, query) => the JSON of the response
export function serve(commands) {
  const server = createServer(async (request, response) => {
    try {
      const url = new URL(request.url, 'http://localhost');
      const parts = [];
      for await (const part of request) parts.push(part);
      const result = await commands[url.pathname](Buffer.concat(parts).toString(), url.searchParams);
      response.end(JSON.stringify(result ?? {}));
    } catch (error) {
      console.error(error);
      response.statusCode = 500;
      response.end(String(error?.stack ?? error));
    }
  });
  server.requestTimeout = 0;
  server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
}
