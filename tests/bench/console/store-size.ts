/** How much there is in the tables. What belongs to one tenant grows with it: no query is measured on a list that never grows. */
export type StoreSize = {
  readonly tenants: number;
  /** Half of them are the measured tenant's. */
  readonly users: number;
  /** Keys, grants, machine clients, and rules of limits for users and for keys, as many of each: all of the measured tenant. */
  readonly things: number;
  /** Half of them are the measured tenant's, a tenth the platform's own. */
  readonly auditEntries: number;
  /** Of each model in each book. */
  readonly prices: number;
  /** Days for which the measured tenant has usage: 10 users, 8 hours a day, two models. */
  readonly usageDays: number;
};

export const FULL_SIZE: StoreSize = {
  tenants: 10_000,
  users: 100_000,
  things: 1_000,
  auditEntries: 1_000_000,
  prices: 100,
  usageDays: 30,
};

/** A thousandth, and more than one page of everything. */
export const SMALL_SIZE: StoreSize = {
  tenants: 25,
  users: 100,
  things: 25,
  auditEntries: 1_000,
  prices: 1,
  usageDays: 2,
};
