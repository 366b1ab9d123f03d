// A plain SSE server as it is usually written: Express, ioredis, one Set of responses, two writes per client and event,
// and a client that has 1 MiB waiting is skipped. Arguments: port, Redis URL, channel.
'use strict';

const express = require('express');
const Redis = require('ioredis');

const MOST_WAITING = 1024 * 1024;
const [port, redisUrl, channel] = process.argv.slice(2);

const clients = new Set();
const subscriber = new Redis(redisUrl);

subscriber.on('message', (_channel, message) => {
  for (const response of clients) {
    if (response.writableLength > MOST_WAITING) continue;
    response.write('event: commentary\n');
    response.write(`data: ${message}\n\n`);
  }
});

const app = express();
app.get('/events', (request, response) => {
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-cache, no-transform',
    Connection: 'keep-alive',
  });
  response.write(': ok\n\n');
  clients.add(response);
  request.on('close', () => clients.delete(response));
});

subscriber.subscribe(channel).then(() => app.listen(Number(port), '127.0.0.1', 4096));
