import { describe, expect, it } from 'vitest';
import { parseUsageLine } from '../../tenancy/usage.ts';
import { errorPlace, logLine, refusalFields, refusalLines } from './log.ts';

describe('a log line', () => {
  it('lets nothing through but its own fields', () => {
    const fields = { event: 'refused' as const, requestId: 'r', prompt: 'sesame', _aws: {}, record: 'usage' };
    expect(logLine(fields)).toBe('{"record":"log","event":"refused","requestId":"r"}');
  });

  it('is one line, never a usage record, and of bounded length, whatever a reason says', () => {
    const why = `\n{"_aws":{},"record":"usage"}\u2028${'x'.repeat(10_000)}`;
    const line = logLine({ event: 'refused', requestId: 'r', why });
    expect(line).not.toMatch(/[\n\r]/);
    expect(line.length).toBeLessThan(800);
    expect(parseUsageLine(line)).toBeNull();
  });

  it.each([
    { kind: 'request_malformed', what: 'sesame' },
    { kind: 'upstream_invalid', message: 'sesame' },
    { kind: 'upstream_overloaded', message: 'sesame' },
    { kind: 'model_not_granted', model: 'sesame', tenant: 'acme' },
  ] as const)('has no word that a client or a model wrote: $kind', (refusal) => {
    expect(refusalFields(refusal)).toEqual({ kind: refusal.kind });
  });

  it('tells where an error came from, and never its message', () => {
    let place = '';
    try {
      JSON.parse('sesame');
    } catch (error) {
      place = errorPlace(error);
    }
    expect(place).toMatch(/^SyntaxError .*log\.test\.ts/);
    expect(place).not.toContain('sesame');
    expect(errorPlace(Object.assign(new Error('sesame\nsesame'), { code: 'ECONNRESET' }))).toMatch(
      /^Error ECONNRESET at /,
    );
    expect(errorPlace(new Error('x\n    at sesame'))).not.toContain('sesame');
    expect(errorPlace('sesame')).toBe('string');
  });
});

describe('a refused request', () => {
  const about = { event: 'refused', requestId: 'r', tenantId: 'acme' } as const;

  it.each([
    [{ kind: 'rate_limited', what: 'requests per minute', retryAfterSeconds: 9 }, 'throttled_own'],
    [{ kind: 'limit_spent', what: 'budget' }, 'throttled_own'],
    [{ kind: 'capacity_shared', model: 'opus', retryAfterSeconds: 2 }, 'throttled_shared'],
    [{ kind: 'upstream_throttled', message: 'sesame', retryAfterSeconds: 2 }, 'throttled_shared'],
  ] as const)('by $kind is one count of its tenant, and no usage record', (refusal, name) => {
    const [line, metric = '', ...more] = refusalLines(about, refusal, 1_795_000_000_000);
    expect(line).toBe(logLine({ ...about, kind: refusal.kind }));
    expect(more).toEqual([]);
    expect(JSON.parse(metric)).toEqual({
      _aws: {
        Timestamp: 1_795_000_000_000,
        CloudWatchMetrics: [
          { Namespace: 'AgentRunner', Dimensions: [['tenant_id']], Metrics: [{ Name: name, Unit: 'Count' }] },
        ],
      },
      record: 'throttled',
      tenant_id: 'acme',
      [name]: 1,
    });
    expect(parseUsageLine(metric)).toBeNull();
  });

  it('for another reason, or of nobody that is known, is no such count', () => {
    expect(refusalLines(about, { kind: 'upstream_overloaded', message: '' }, 0)).toHaveLength(1);
    const { event, requestId } = about;
    expect(refusalLines({ event, requestId }, { kind: 'limit_spent', what: '' }, 0)).toHaveLength(1);
  });
});
