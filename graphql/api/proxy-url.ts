/** @param origin `<scheme>://<domain>`, with a port if there is one @returns a tenant's address: `<scheme>://<tenant>.proxy.<domain>` */
export function proxyUrlAt(origin: string): (tenant: string) => string {
  const { protocol, host } = new URL(origin);
  return (tenant) => `${protocol}//${tenant}.proxy.${host}`;
}
