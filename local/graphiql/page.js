import { GraphiQL } from 'graphiql';
import { buildSchema } from 'graphql';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import 'graphiql/style.css';

/** The page in the browser: GraphiQL over the API on this origin, signed in as the staff member of this machine. */
globalThis.MonacoEnvironment = {
  getWorker(_, label) {
    const name = label === 'json' || label === 'graphql' ? label : 'editor';
    return new Worker(`/graphiql/${name}.worker.js`, { type: 'module' });
  },
};

const QUERY = `# Signed in as the platform's admin of this machine: the token is in the header editor below.
{
  viewer { kind role }
  tenants(first: 10) { nodes { slug status tier } }
}
`;

async function fetcher(params, { headers = {} } = {}) {
  const answer = await fetch('/graphql', {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(params),
  });
  return answer.json();
}

/** The token is fetched with a header that no other page may send, and that the server asks for. */
async function start() {
  const [sdl, token] = await Promise.all([
    fetch('/graphiql/schema.graphql').then((answer) => answer.text()),
    fetch('/graphiql/token', { method: 'POST', headers: { 'x-graphiql': '1' } }).then((answer) => answer.text()),
  ]);
  const initialHeaders = JSON.stringify({ authorization: `Bearer ${token}` }, null, 2);
  const props = { fetcher, schema: buildSchema(sdl), defaultQuery: QUERY, initialHeaders, shouldPersistHeaders: false };
  createRoot(document.getElementById('graphiql')).render(createElement(GraphiQL, props));
}

start().catch((error) => {
  document.getElementById('graphiql').textContent = `GraphiQL could not start: ${error.message}`;
});
