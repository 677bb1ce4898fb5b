import { describe, expect, it } from 'vitest';
import type { Condition, Context } from './condition.ts';
import { conditionHolds, resourceMatches } from './condition.ts';
import { isAllowed, type Statement } from './evaluate.ts';

const TABLE = 'arn:aws:dynamodb:us-west-2:123456789012:table/GameScores';
const CALL = { action: 'dynamodb:GetItem', resource: TABLE };
const ALLOW: Statement = { Effect: 'Allow', Action: ['dynamodb:GetItem'], Resource: [TABLE] };

describe('as AWS documents it', () => {
  it('nothing is allowed unless a statement allows it, and a denial overrides', () => {
    expect(isAllowed([], CALL, {})).toBe(false);
    expect(isAllowed([ALLOW], CALL, {})).toBe(true);
    expect(isAllowed([ALLOW, { ...ALLOW, Effect: 'Deny', Action: 'dynamodb:*' }], CALL, {})).toBe(false);
    expect(isAllowed([ALLOW], { ...CALL, resource: `${TABLE}/index/byScore` }, {})).toBe(false);
    expect(isAllowed([{ ...ALLOW, Action: 'DYNAMODB:get*' }], CALL, {})).toBe(true);
  });

  /** "Fine-grained access control": a player of a game reads the items of its own id. */
  it('dynamodb:LeadingKeys is the caller’s own id', () => {
    const own: Statement = {
      ...ALLOW,
      Action: ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'],
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [`\${www.amazon.com:user_id}`] } },
    };
    const as = (leadingKeys: string[]): Context => ({
      'www.amazon.com:user_id': 'anna',
      'dynamodb:LeadingKeys': leadingKeys,
    });
    expect(isAllowed([own], CALL, as(['anna']))).toBe(true);
    expect(isAllowed([own], CALL, as(['anna', 'anna']))).toBe(true);
    expect(isAllowed([own], CALL, as(['anna', 'ben']))).toBe(false);
    // "ForAllValues also returns true if there are no context keys in the request, or if their value is empty."
    expect(isAllowed([own], CALL, as([]))).toBe(true);
  });

  it('a variable in a resource is a folder of one’s own', () => {
    const home = `arn:aws:s3:::bucket/home/\${aws:username}/*`;
    const anna = { 'aws:username': 'anna' };
    expect(resourceMatches(home, 'arn:aws:s3:::bucket/home/anna/a.txt', anna)).toBe(true);
    expect(resourceMatches(home, 'arn:aws:s3:::bucket/home/ben/a.txt', anna)).toBe(false);
    expect(resourceMatches(home, 'arn:aws:s3:::bucket/home//a.txt', {})).toBe(false);
    expect(resourceMatches(home, 'arn:aws:s3:::bucket/home/ben/a.txt', { 'aws:username': '*' })).toBe(false);
    expect(resourceMatches(`a/\${aws:PrincipalTag/team, 'company-wide'}`, 'a/company-wide', {})).toBe(true);
    expect(resourceMatches(`a/\${*}`, 'a/*', {})).toBe(true);
    expect(resourceMatches(`a/\${*}`, 'a/b', {})).toBe(false);
  });

  const tags = { 'aws:TagKeys': ['environment', 'webserver'] };
  it.each<[string, Condition, Context, boolean]>([
    [
      'any of the request’s tags is one of these',
      { 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['webserver'] } },
      tags,
      true,
    ],
    ['all of the request’s tags are', { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['webserver'] } }, tags, false],
    ['any of none is one of these', { 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['webserver'] } }, {}, false],
    ['all of none are', { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['webserver'] } }, {}, true],
    ['Null true: the key is absent', { Null: { 'aws:TokenIssueTime': 'true' } }, {}, true],
    ['Null false: the key is present', { Null: { 'aws:TokenIssueTime': 'false' } }, {}, false],
    ['a key without values is absent', { Null: { 'aws:TagKeys': 'false' } }, { 'aws:TagKeys': [] }, false],
    ['values are or-ed', { StringEquals: { k: ['a', 'b'] } }, { k: 'b' }, true],
    ['keys are and-ed', { StringEquals: { k: 'a', l: 'b' } }, { k: 'a', l: 'c' }, false],
    ['operators are and-ed', { StringEquals: { k: 'a' }, StringLike: { l: 'b*' } }, { k: 'a', l: 'c' }, false],
    ['StringEquals knows no wildcard', { StringEquals: { k: 'a*' } }, { k: 'ab' }, false],
    ['StringLike does', { StringLike: { k: 'a?c*' } }, { k: 'abcd' }, true],
    ['and is exact in case', { StringLike: { k: 'A*' } }, { k: 'ab' }, false],
    ['an absent key fits nothing', { StringLike: { k: '*' } }, {}, false],
    ['but what is negated', { StringNotEquals: { k: 'a' } }, {}, true],
    ['none of the values may be it', { StringNotEquals: { k: ['a', 'b'] } }, { k: 'b' }, false],
    ['IfExists holds for an absent key', { StringEqualsIfExists: { k: 'a' } }, {}, true],
    ['and not for a wrong one', { StringEqualsIfExists: { k: 'a' } }, { k: 'b' }, false],
    ['Bool', { Bool: { 'aws:SecureTransport': 'true' } }, { 'aws:SecureTransport': 'true' }, true],
    [
      'names of keys have no case',
      { StringEquals: { 'AWS:PrincipalTag/Team': 'a' } },
      { 'aws:principaltag/team': 'a' },
      true,
    ],
    ['a variable without a value fits nothing', { StringLike: { k: `\${aws:username}*` } }, { k: 'anna' }, false],
  ])('%s', (_, condition, context, expected) => {
    expect(conditionHolds(condition, context)).toBe(expected);
  });

  it('what is not known here proves nothing', () => {
    expect(() => conditionHolds({ DateLessThan: { 'aws:CurrentTime': '2026-01-01' } }, {})).toThrow(/no operator/);
  });
});
