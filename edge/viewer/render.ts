const DOMAIN = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;
const PLACE = "'__DOMAIN__'";

/** What CloudFront takes as one function. */
export const VIEWER_SIZE_LIMIT = 10_240;

/**
 * The viewer function as it is deployed: the source with the platform's domain in its place.
 * @param source text of `viewer.js`
 * @param domain lower-case DNS name under which `*.proxy.<domain>` is served: it becomes program text, so nothing else passes
 * @throws Error when the domain is none, the source has no single place for it, or the result is over 10 KB
 */
export function renderViewer(source: string, domain: string): string {
  if (!DOMAIN.test(domain)) throw new Error(`viewer function: ${JSON.stringify(domain)} is not a lower-case DNS name`);
  if (source.split(PLACE).length !== 2) throw new Error(`viewer function: the source must hold ${PLACE} exactly once`);
  const code = source.replace(PLACE, `'${domain}'`);
  const size = new TextEncoder().encode(code).length;
  if (size > VIEWER_SIZE_LIMIT)
    throw new Error(`viewer function: ${size} bytes are over CloudFront's ${VIEWER_SIZE_LIMIT}`);
  return code;
}
