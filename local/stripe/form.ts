/** A request's content as Stripe reads it: text, and members and lists of text by brackets in the names. */
export type Form = { [name: string]: FormValue };
export type FormValue = string | Form | FormValue[];

/** Reads `a=1&b[c]=2&d[0][e]=3`; what has only numbers for names is a list. */
export function parseForm(text: string): Form {
  const root: Form = Object.create(null) as Form;
  for (const [name, value] of new URLSearchParams(text)) {
    const [first = '', ...inner] = name.split('[').map((part) => part.replace(/\]$/, ''));
    let at: Form = root;
    let last = first;
    for (const part of inner) {
      const there = at[last];
      const next: Form = typeof there === 'object' && !Array.isArray(there) ? there : (Object.create(null) as Form);
      at[last] = next;
      at = next;
      // `a[]=1` is the next of a list.
      last = part === '' ? String(Object.keys(next).length) : part;
    }
    at[last] = value;
  }
  return Object.fromEntries(Object.entries(root).map(([name, value]) => [name, withLists(value)]));
}

function withLists(value: FormValue): FormValue {
  if (typeof value === 'string' || Array.isArray(value)) return value;
  const members = Object.entries(value).map(([name, inner]) => [name, withLists(inner)] as const);
  return members.length > 0 && members.every(([name]) => /^\d+$/.test(name))
    ? members.map(([, inner]) => inner)
    : Object.fromEntries(members);
}
