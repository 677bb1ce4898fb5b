const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const CHARACTERS = Object.fromEntries(Object.entries(ENTITIES).map(([one, entity]) => [entity, one]));

/** What an element holds: a text, elements by name, or the same element several times. */
export type Xml = string | number | boolean | { readonly [name: string]: Xml | readonly Xml[] | undefined };

/** A document of one element. Absent members are left out. */
export function writeXml(name: string, content: Xml): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(name, content)}`;
}

function element(name: string, content: Xml): string {
  if (typeof content !== 'object') {
    return `<${name}>${String(content).replace(/[&<>"]/g, (one) => ENTITIES[one] ?? one)}</${name}>`;
  }
  const inner = Object.entries(content).flatMap(([child, value]) => {
    if (value === undefined) return [];
    return Array.isArray(value) ? value.map((one: Xml) => element(child, one)) : [element(child, value as Xml)];
  });
  return `<${name}>${inner.join('')}</${name}>`;
}

/** The contents of every element of this name, as they stand between its tags; enough for what S3's clients send. */
export function elementsOf(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>(.*?)</${name}>`, 'gs'))].map(([, inner = '']) => inner);
}

/** An element's text. */
export function textOf(inner: string): string {
  return inner.trim().replace(/&(?:amp|lt|gt|quot);/g, (entity) => CHARACTERS[entity] ?? entity);
}
