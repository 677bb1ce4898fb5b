import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { S3Error } from './errors.ts';
import { md5 } from './objects.ts';

const COMPUTED: Readonly<Record<string, (content: Buffer) => string>> = {
  'x-amz-checksum-crc32': (content) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(crc32(content));
    return bytes.toString('base64');
  },
  'x-amz-checksum-sha256': (content) => createHash('sha256').update(content).digest('base64'),
  'content-md5': (content) => md5(content).toString('base64'),
};

/**
 * Compares what the sender said of the content with what came.
 * @param said headers and trailers by their names in lower case @throws S3Error `BadDigest`, or for a kind that is not known here
 */
export function checkSums(content: Buffer, said: ReadonlyMap<string, string>): void {
  for (const [name, value] of said) {
    const compute = COMPUTED[name];
    if (compute && compute(content) !== value) {
      throw new S3Error('BadDigest', `The ${name} you specified did not match what we received.`);
    }
    if (!compute && /^x-amz-checksum-(?!algorithm$|type$|mode$)/.test(name)) {
      throw new S3Error('NotImplemented', `${name} is not known here`);
    }
  }
  const promised = said.get('x-amz-trailer');
  if (promised !== undefined && !said.has(promised.toLowerCase())) {
    throw new S3Error('InvalidArgument', `the trailer ${promised} did not come`);
  }
}
