// Apollo Client against a running yuanluo. The plan comes as JSON on standard input, what was found goes as JSON to
// standard output: { url, socket, headers, possibleTypes, lists: {Type: [field]}, steps: [step] }, where a step is
//   { page: { query, variables, at, size, backwards } }   pages a list to its end; gives its rows as the cache has them
//   { mutate: { mutation, variables } }                   gives the data, and whether the cache holds what it names
//   { listen: { subscription, variables, then } }         subscribes, does the step `then`, gives the first event
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { getMainDefinition, relayStylePagination } from '@apollo/client/utilities';
import { createClient } from 'graphql-ws';
import { filter, firstValueFrom, from, timeout } from 'rxjs';
import WebSocket from 'ws';

const SECONDS = 30;
const plan = JSON.parse(await text(process.stdin));

const socket = createClient({
  url: plan.socket,
  webSocketImpl: WebSocket,
  connectionParams: plan.headers,
  lazy: true,
  retryAttempts: 0,
});

const isSubscription = ({ query }) => {
  const definition = getMainDefinition(query);
  return definition.kind === 'OperationDefinition' && definition.operation === 'subscription';
};

const typePolicies = Object.fromEntries(
  Object.entries(plan.lists).map(([type, fields]) => [
    type,
    { fields: Object.fromEntries(fields.map((field) => [field, relayStylePagination(['filter', 'orderBy'])])) },
  ]),
);

const newClient = () =>
  new ApolloClient({
    cache: new InMemoryCache({ possibleTypes: plan.possibleTypes, typePolicies }),
    link: ApolloLink.split(
      isSubscription,
      new GraphQLWsLink(socket),
      new HttpLink({ uri: plan.url, headers: plan.headers }),
    ),
  });

const steps = {
  async page({ query, variables, at, size, backwards }) {
    const client = newClient();
    const list = (data) => at.reduce((found, key) => found[key], data);
    const window = (cursor) =>
      backwards
        ? { first: null, after: null, last: size, before: cursor }
        : { first: size, after: cursor, last: null, before: null };
    const pages = client.watchQuery({ query: gql(query), variables: { ...variables, ...window(null) } });
    const watching = pages.subscribe({ error: () => {} }); // an error is told by `longerThan`
    const longerThan = (length) =>
      firstValueFrom(
        from(pages).pipe(
          filter(({ loading, data }) => !loading && list(data).edges.length > length),
          timeout(SECONDS * 1000),
        ),
      );
    let { data } = await longerThan(0);
    let requests = 1;
    for (;;) {
      const { edges, pageInfo } = list(data);
      if (!(backwards ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) {
        break;
      }
      const shown = longerThan(edges.length);
      await pages.fetchMore({ variables: window(backwards ? pageInfo.startCursor : pageInfo.endCursor) });
      requests += 1;
      ({ data } = await shown);
    }
    watching.unsubscribe();
    return { requests, rows: list(data).edges.map(({ node }) => node), pageInfo: list(data).pageInfo };
  },

  async mutate({ mutation, variables }, client = newClient()) {
    const { data } = await client.mutate({ mutation: gql(mutation), variables });
    return { data, cached: Object.keys(client.cache.extract()) };
  },

  async listen({ subscription, variables, then }) {
    const client = newClient();
    const connected = new Promise((resolve) => socket.on('connected', resolve));
    let listening;
    const event = new Promise((resolve, reject) => {
      listening = client
        .subscribe({ query: gql(subscription), variables })
        .subscribe({ next: resolve, error: reject, complete: () => reject(new Error('the events ended')) });
      setTimeout(() => reject(new Error('no event came')), SECONDS * 1000).unref();
    });
    event.catch(() => {}); // told below, once the step is done
    await Promise.race([connected, event]);
    await sleep(300); // the protocol does not tell when the server listens
    const done = await run(then, client);
    const { data, error } = await event;
    listening.unsubscribe();
    if (error) {
      throw error;
    }
    return { event: data, then: done };
  },
};

const run = async (step, ...rest) => {
  const [[name, about]] = Object.entries(step);
  return steps[name](about, ...rest);
};

const found = [];
for (const step of plan.steps) {
  found.push(await run(step));
}
await socket.dispose();
process.stdout.write(JSON.stringify(found));
