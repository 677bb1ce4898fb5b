import { describe, expect, it } from 'vitest';
import {
  chunk,
  DELTA_END,
  delta,
  passport,
  request,
  run,
  START,
  STOP,
  STREAM_HEADERS,
  seal,
  startScript,
} from './serve.fixture.ts';

describe('a streamed answer', () => {
  it('goes out as the same JSON, event by event, without what Bedrock added', async () => {
    const bedrock = await startScript((_, response) => {
      response.writeHead(200, STREAM_HEADERS);
      for (const event of [START, delta('hel'), delta('lo'), DELTA_END]) response.write(chunk(event));
      response.end(chunk(STOP));
    });
    const { reader, book, lines } = await run(request(seal(passport())), bedrock);
    console.log(reader, book, lines);
    expect(reader.statusCode).toBe(200);
  });
});
