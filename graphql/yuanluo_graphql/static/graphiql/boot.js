// Starts GraphiQL against the address of this page. The token typed into the bar is sent as a bearer token with
// every request; it is kept for this browser tab only and forgotten when the tab closes.
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

  const withToken = (url, options) => {
    const headers = new Headers(options.headers);
    const token = field.value.trim();
    if (token && !headers.has('authorization')) {
      headers.set('authorization', `Bearer ${token}`);
    }
    return fetch(url, { ...options, headers });
  };

  ReactDOM.createRoot(mount).render(
    React.createElement(GraphiQL, {
      fetcher: GraphiQL.createFetcher({ url: endpoint, fetch: withToken }),
      query: new URLSearchParams(location.search).get('query') ?? undefined,
      defaultQuery: '# 在此书写查询,按 Ctrl-Enter 运行。\n# 左侧书本图标是接口文档。\n{\n  __typename\n}\n',
      shouldPersistHeaders: false,
    }),
  );
})();
