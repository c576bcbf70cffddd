import { createServer } from 'node:http';

/** The floor: what plain node:http does with nothing behind it. POST also reads the body. */
const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.end('hello');
    return;
  }
  request.on('data', () => undefined);
  request.on('end', () => response.end('hello'));
});
server.listen(Number(process.argv[2]), '127.0.0.1');
