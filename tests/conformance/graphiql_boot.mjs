// Runs boot.js (its path is the argument) with stand-ins for the page and for GraphiQL, types a token into the bar and
// prints what the editor's fetcher is made with: before the token, and after it.
import { readFile } from 'node:fs/promises';
import { runInNewContext } from 'node:vm';

const listeners = {};
const elements = {
  graphiql: { dataset: { endpoint: '/graphql' } },
  token: { value: '', addEventListener: (name, run) => (listeners[name] = run) },
  'token-hint': {},
  'token-form': { addEventListener: () => {} },
};
const kept = new Map();
let editor;
const sent = [];
const made = [];
const GraphiQL = {
  createFetcher: (options) => (asked) => {
    made.push({ asked, subscriptionUrl: options.subscriptionUrl, wsConnectionParams: options.wsConnectionParams });
    return options.fetch(options.url, { headers: { accept: 'application/json' } });
  },
};
runInNewContext(await readFile(process.argv[2], 'utf8'), {
  document: { getElementById: (id) => elements[id] },
  sessionStorage: { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) },
  location: { href: 'https://yuanluo.example/graphql', search: '' },
  fetch: (url, options) => sent.push([url, Object.fromEntries(options.headers)]),
  React: { createElement: (_type, properties) => properties },
  ReactDOM: { createRoot: () => ({ render: (properties) => (editor = properties) }) },
  GraphiQL,
  Headers,
  URL,
  URLSearchParams,
});
editor.fetcher('as a guest', {});
elements.token.value = ' yl_token ';
listeners.input();
editor.fetcher('with a token', {});
console.log(JSON.stringify({ made, sent, kept: Object.fromEntries(kept) }));
