// The rules of @graphql-eslint that the published schema keeps: all that are for schemas, with Relay's, less what is
// named below, each with its reason.
import graphqlPlugin from '@graphql-eslint/eslint-plugin';

const { configs, parser } = graphqlPlugin;

const ours = {
  // Fields, arguments and values stand as on the form or as in the life of the thing (planned, approved, published);
  // the order of the letters would tear apart what belongs together, and is none in Chinese.
  '@graphql-eslint/alphabetize': 'off',

  // Every row has an id. These have none because they are no rows: parts of an answer that live as long as it does.
  '@graphql-eslint/strict-id-in-types': [
    'error',
    {
      acceptedIdNames: ['id'],
      acceptedIdTypes: ['ID'],
      exceptions: {
        types: [
          'PageInfo', // where a page stands
          'Viewer', // who asks, known by the token and not by an id
          'ViewerRole', // a role of who asks
          'Plugin', // known by its name
          'Subscription', // a root; the rule knows only of the other two
          'Permission', // what may be done to the object it stands in
          'RuleCitation', // a place in a document
          'Indicator', // a number at one moment, of the object it stands in
          'IndicatorAbout', // known by its name
          'Statistics', // figures of the node it stands in
          'Mean', // a sum and how many it is of
          'StatsPeriod', // a day, month, quarter or year
          'StatsPlace', // known by its code
        ],
        // what belongs to a list: its pages, its rows counted, summed and grouped; and what came of a write
        suffixes: [
          'Connection', 'Edge', 'Sum', 'Counted', 'Averages', 'Extremes', 'Stats', 'StatsGroup', 'StatsKey', 'Payload',
        ],
      },
    },
  ],

  // There are writes and events, under the names that the specification gives them.
  '@graphql-eslint/no-root-type': 'off',

  // A write answers with what it filed and changed. A whole query behind it would read after the commit, by rights
  // taken before it; whoever wants more asks again.
  '@graphql-eslint/require-field-of-type-query-in-mutation-result': 'off',

  // `nodes` beside `edges` spares whoever needs no cursors a level; Relay itself asks only for `edges`. And a list that
  // always comes whole and short (`plugins`, `roles`) needs no pages. The rest of the rule is kept.
  '@graphql-eslint/relay-edge-types': [
    'error',
    { withEdgeSuffix: true, shouldImplementNode: true, listTypeCanWrapOnlyEdgeType: false },
  ],
};

// Problems that stand although their rule is right elsewhere. One that is found no more is a problem itself.
export const exceptions = [
  {
    rule: '@graphql-eslint/no-typename-prefix',
    reason: 'Every node of the tree says by number where it stands, itself included, in the same five fields.',
    messages: ['District', 'Subdistrict', 'Community', 'Grid'].map(
      (type) => `Field "${type.toLowerCase()}" starts with the name of the parent type "${type}"`,
    ),
  },
  {
    rule: '@graphql-eslint/no-typename-prefix',
    reason: '栋号 is one word on every form; a bare `no` beside a `name` would say less.',
    messages: ['Field "buildingNo" starts with the name of the parent type "Building"'],
  },
  {
    rule: '@graphql-eslint/require-nullable-result-in-root',
    reason: 'The list of the courtyards that one may see is never missing, only empty; a whole query is one statement, '
      + 'so that this root cannot fail where the others do not.',
    messages: ['Unexpected non-null result type "CourtyardConnection" in type "Query"'],
  },
];

export const configFor = (schema) => ({
  files: ['**/*.graphql'],
  languageOptions: { parser, parserOptions: { graphQLConfig: { schema } } },
  plugins: { '@graphql-eslint': graphqlPlugin },
  rules: {
    ...configs['flat/schema-recommended'].rules,
    ...configs['flat/schema-all'].rules,
    ...configs['flat/schema-relay'].rules,
    ...ours,
  },
});
