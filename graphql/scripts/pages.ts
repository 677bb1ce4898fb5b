/** A page as the API's lists have it. */
export type Page<Node> = {
  readonly nodes: readonly Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
};

/** As many as a page may have. */
export const PAGE = 100;

/**
 * All nodes of a list, page by page as they are asked for.
 * @param read the page behind a cursor; null and undefined are a list that the caller may not see, or that is not there
 * @throws Error when a page leads back to itself
 */
export async function* pages<Node>(
  read: (after: string | null) => Promise<Page<Node> | null | undefined>,
): AsyncGenerator<Node> {
  let after: string | null = null;
  for (;;) {
    const page: Page<Node> | null | undefined = await read(after);
    if (!page) return;
    yield* page.nodes;
    const { hasNextPage, endCursor } = page.pageInfo;
    if (!hasNextPage) return;
    if (endCursor === null || endCursor === after)
      throw new Error('the API gives a page that has no next one, and says that it has');
    after = endCursor;
  }
}
