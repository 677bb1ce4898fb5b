import { Server } from 'node:net';

/** Preloaded into a gateway that would listen on every interface: whatever port it asks for, it gets it on loopback alone. */
const listen = Server.prototype.listen as (this: Server, ...args: unknown[]) => Server;
Server.prototype.listen = function (this: Server, ...args: unknown[]): Server {
  const [port, ...rest] = args;
  return typeof port === 'number'
    ? listen.call(this, port, '127.0.0.1', ...rest.filter((one) => typeof one === 'function'))
    : listen.apply(this, args);
};
