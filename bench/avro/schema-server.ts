/** As much of a schema registry as reading needs: schemas by id, from memory. It does not keep the process alive. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** @returns its address. */
export async function serveSchemas(schemas: Readonly<Record<string, string>>): Promise<string> {
  const server = createServer((request, response) => {
    const schema = schemas[request.url?.replace('/schemas/ids/', '') ?? ''];
    if (schema === undefined)
      response.writeHead(404).end(JSON.stringify({ error_code: 40403, message: 'no such schema' }));
    else response.end(JSON.stringify({ schema }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
