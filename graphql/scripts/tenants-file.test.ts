import { describe, expect, it } from 'vitest';
import { COLUMNS, readTenantsFile } from './tenants-file.ts';

const HEAD = COLUMNS.join(',');
const LINE = 'initech,Initech,TRIAL,eu-central-1,,,bill@initech.example,Bill';
const read = (...lines: string[]) => readTenantsFile([HEAD, ...lines].join('\n'));
const faults = (...lines: string[]) => {
  const found = read(...lines);
  return found.ok ? [] : found.reason.map(({ line, column, what }) => `${line} ${column}: ${what}`);
};

it('a line is a tenant, as the API takes it', () => {
  expect(
    read(LINE, 'hooli,"Hooli, ""Inc.""",PREMIUM,us-east-1,eu-central-1; us-east-1,global,g@hooli.example,Gavin'),
  ).toEqual({
    ok: true,
    value: [
      {
        slug: 'initech',
        name: 'Initech',
        tier: 'TRIAL',
        homeRegion: 'EU_CENTRAL_1',
        allowedRegions: ['EU_CENTRAL_1'],
        residency: 'GEO',
        adminEmail: 'bill@initech.example',
        adminName: 'Bill',
      },
      {
        slug: 'hooli',
        name: 'Hooli, "Inc."',
        tier: 'PREMIUM',
        homeRegion: 'US_EAST_1',
        allowedRegions: ['EU_CENTRAL_1', 'US_EAST_1'],
        residency: 'GLOBAL',
        adminEmail: 'g@hooli.example',
        adminName: 'Gavin',
      },
    ],
  });
});

it('a spreadsheet’s own way of writing is read: its mark, its line ends, another order of columns, empty lines', () => {
  const order = [...COLUMNS].reverse();
  const cells = LINE.split(',').reverse().join(',');
  expect(readTenantsFile(`\ufeff${order.join(',')}\r\n\r\n${cells}\r\n`)).toMatchObject({
    ok: true,
    value: [{ slug: 'initech' }],
  });
});

describe('a fault is named by line and column, every one', () => {
  it('of each cell', () => {
    const [, ...bad] = ['', 'Not A Slug', '', 'GOLD', 'mars', 'mars eu-central-1', 'moon', 'nobody', ''];
    expect(faults(LINE, bad.join(',')).map((text) => text.split(':')[0])).toEqual([
      '3 slug',
      '3 name',
      '3 tier',
      '3 homeRegion',
      '3 allowedRegions',
      '3 residency',
      '3 adminEmail',
      '3 adminName',
    ]);
  });

  it('of a slug that stands there twice, with both lines', () => {
    expect(faults(LINE, LINE)).toEqual([
      '3 slug: initech stands in line 2 already',
      '3 adminEmail: bill@initech.example stands in line 2 already',
    ]);
  });

  it('of a line with too many cells or too few', () => {
    expect(faults(`${LINE},more`, 'initrode')).toEqual([
      '2 null: has 9 cells in place of 8',
      '3 null: has 1 cells in place of 8',
    ]);
  });

  it.each([
    ['slug,name', /columns tier, .* are missing/],
    [`${HEAD},colour`, /no column "colour"/],
    ['', /are missing/],
    [`${HEAD}\n"initech`, /no CSV/],
  ])('of the file: %j', (text, why) => {
    const found = readTenantsFile(text);
    expect(found.ok ? '' : found.reason[0]?.what).toMatch(why);
  });
});
