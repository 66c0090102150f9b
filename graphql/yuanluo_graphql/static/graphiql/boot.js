// Starts GraphiQL against the address of this page, subscriptions over a WebSocket at the same address. The token typed
// into the bar is sent as a bearer token with every request and every subscription; it is kept for this browser tab only
// and forgotten when the tab closes.
'use strict';

(() => {
  const KEY = 'yuanluo.token';
  const mount = document.getElementById('graphiql');
  const field = document.getElementById('token');
  const hint = document.getElementById('token-hint');
  const endpoint = mount.dataset.endpoint;

  const tell = () => {
    hint.textContent = field.value.trim() ? '请求将带上此令牌' : '未填令牌,以访客身份查询';
  };
  field.value = sessionStorage.getItem(KEY) ?? '';
  field.addEventListener('input', () => {
    sessionStorage.setItem(KEY, field.value.trim());
    tell();
  });
  document.getElementById('token-form').addEventListener('submit', (event) => event.preventDefault());
  tell();

  const bearer = () => {
    const token = field.value.trim();
    return token ? { authorization: `Bearer ${token}` } : {};
  };
  const withToken = (url, options) => {
    const headers = new Headers({ ...bearer(), ...options.headers });
    return fetch(url, { ...options, headers });
  };
  const socket = new URL(endpoint, location.href);
  socket.protocol = socket.protocol === 'https:' ? 'wss:' : 'ws:';
  // made for each run, so that a subscription goes out with the token that stands in the bar by then
  const fetcher = (asked, options) =>
    GraphiQL.createFetcher({
      url: endpoint,
      fetch: withToken,
      subscriptionUrl: socket.href,
      wsConnectionParams: bearer(),
    })(asked, options);

  ReactDOM.createRoot(mount).render(
    React.createElement(GraphiQL, {
      fetcher,
      query: new URLSearchParams(location.search).get('query') ?? undefined,
      defaultQuery: '# 在此书写查询,按 Ctrl-Enter 运行。\n# 左侧书本图标是接口文档。\n{\n  __typename\n}\n',
      shouldPersistHeaders: false,
    }),
  );
})();
