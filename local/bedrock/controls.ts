import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../listener.ts';
import { readFault } from './evidence/faults.ts';
import type { Evidence } from './evidence.ts';
import { createLockstep, type Lockstep } from './lockstep.ts';
import { createQuotas, type Quotas, readQuota } from './quota.ts';

/** What a test may set at the stand-in beside its calls, unsigned, under paths that Bedrock does not have. */
export interface Controls {
  readonly lockstep: Lockstep;
  readonly quotas: Quotas;
  /** The flags that a region refuses although its models know them. */
  rejectedBetas(region: string): ReadonlySet<string>;
  /**
   * False when the path is none of these:
   *
   *   POST /lockstep/NAME/<n>          delta n was seen
   *   GET /lockstep/NAME               how far the stream is
   *   POST /quota                      `{region?, requestsPerMinute | tokensPerMinute, burst?}`
   *   DELETE /quota, /quota/<region>   no quota any more
   *   POST, DELETE /betas/<region>/<flag>   the region refuses the flag, or takes it again
   *   POST /evidence                   `{source, region?, hold?, dropPercent?, duplicate?}`: AWS's logs and bill come late, not all, or twice
   *   DELETE /evidence                 they come as they should, and what was held comes now
   *   POST /evidence/flush             what waits is in the bucket when this is answered
   */
  answer(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
}

/** `evidence` is absent where no logs of AWS's are written. */
export function createControls(evidence: Evidence | undefined): Controls {
  const lockstep = createLockstep();
  const quotas = createQuotas();
  const rejected = new Map<string, Set<string>>();
  const rejectedBetas = (region: string): Set<string> => rejected.get(region) ?? new Set();

  return {
    lockstep,
    quotas,
    rejectedBetas,
    async answer(request, response) {
      const { method = '', url = '' } = request;
      const [, control, first = '', second = ''] = url.split('/');
      const reply = (status: number, json: unknown): true => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
        return true;
      };
      switch (control) {
        case 'lockstep': {
          const told = method === 'POST' ? lockstep.seen(first, Number(second)) : true;
          const state = lockstep.state(first);
          return reply(state === undefined ? 404 : told ? 200 : 409, state ?? {});
        }
        case 'quota': {
          if (method === 'DELETE') {
            quotas.remove(first === '' ? undefined : first);
            return reply(200, {});
          }
          const read = method === 'POST' ? readQuota((await readBody(request)).toString()) : undefined;
          if (read === undefined) return reply(400, { message: QUOTA_USAGE });
          quotas.set(read.region, read.quota);
          return reply(200, read);
        }
        case 'betas': {
          const flags = rejectedBetas(first);
          if (first === '' || second === '' || (method !== 'POST' && method !== 'DELETE')) {
            return reply(400, { message: 'POST or DELETE /betas/<region>/<flag>' });
          }
          if (method === 'POST') flags.add(second);
          else flags.delete(second);
          rejected.set(first, flags);
          return reply(200, { region: first, rejected: [...flags] });
        }
        case 'evidence': {
          if (evidence === undefined) return reply(404, { message: 'no logs are written here' });
          if (method === 'DELETE') evidence.faults.clear();
          if (method === 'DELETE' || (method === 'POST' && first === 'flush')) {
            await evidence.flush();
            return reply(200, {});
          }
          const read = method === 'POST' ? readFault((await readBody(request)).toString()) : undefined;
          if (read === undefined) return reply(400, { message: EVIDENCE_USAGE });
          evidence.faults.set(read.source, read.region, read.fault);
          return reply(200, read);
        }
        default:
          return false;
      }
    },
  };
}

const QUOTA_USAGE =
  'POST /quota {"region"?, "requestsPerMinute" | "tokensPerMinute", "burst"?}, DELETE /quota[/<region>]';

const EVIDENCE_USAGE =
  'POST /evidence {"source": "cloudtrail" | "invocations" | "cur", "region"?, "hold"?, "dropPercent"?, "duplicate"?}, DELETE /evidence, POST /evidence/flush';
