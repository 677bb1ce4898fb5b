const DOMAIN = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;
const DOMAIN_PLACE = "'__DOMAIN__'";

/** The same as tenancy's `isConsoleOrigin`, of which this room may know nothing. */
const ORIGIN = /^https:\/\/[a-z0-9.-]{1,253}(:[0-9]{1,5})?$|^http:\/\/([a-z0-9-]{1,63}\.)*localhost(:[0-9]{1,5})?$/;
const ORIGIN_PLACE = "'__CONSOLE_ORIGIN__'";

/** Nothing that CloudFront needs to know; the bytes are. */
const NOTE_TO_FORMATTER = /^\/\/ biome-ignore .*\n/gm;

/** What CloudFront takes as one function. */
export const VIEWER_SIZE_LIMIT = 10_240;

/** What a deployment puts into the function. */
export type ViewerPlaces = {
  /** Lower-case DNS name under which `*.proxy.<domain>` is served. */
  readonly domain: string;
  /** The console's origin as a browser writes it: `https://<host>`, or `http://<name>.localhost:<port>`. */
  readonly consoleOrigin: string;
};

/**
 * The viewer function as it is deployed: the source with the platform's names in their places.
 * @param source text of `viewer.js`
 * @param places become program text, so nothing passes but what they are
 * @throws Error when one is of another shape, the source has no single place for it, or the result is over 10 KB
 */
export function renderViewer(source: string, { domain, consoleOrigin }: ViewerPlaces): string {
  if (!DOMAIN.test(domain)) throw new Error(`viewer function: ${JSON.stringify(domain)} is not a lower-case DNS name`);
  if (!ORIGIN.test(consoleOrigin))
    throw new Error(`viewer function: ${JSON.stringify(consoleOrigin)} is not the origin of a console`);
  const program = source.replace(NOTE_TO_FORMATTER, '');
  const code = fill(fill(program, DOMAIN_PLACE, domain), ORIGIN_PLACE, consoleOrigin);
  const size = new TextEncoder().encode(code).length;
  if (size > VIEWER_SIZE_LIMIT)
    throw new Error(`viewer function: ${size} bytes are over CloudFront's ${VIEWER_SIZE_LIMIT}`);
  return code;
}

function fill(source: string, place: string, text: string): string {
  const [before, after, more] = source.split(place);
  if (before === undefined || after === undefined || more !== undefined)
    throw new Error(`viewer function: the source must hold ${place} exactly once`);
  return `${before}'${text}'${after}`;
}
