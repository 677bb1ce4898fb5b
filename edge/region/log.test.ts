import { describe, expect, it } from 'vitest';
import { parseUsageLine } from '../../tenancy/usage.ts';
import { errorPlace, logLine, refusalFields } from './log.ts';

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
