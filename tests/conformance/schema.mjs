// A schema by graphql-js, told as JSON on standard output; what is needed comes as JSON on standard input:
// `print` builds and prints an SDL, `ask` asks a server for its schema in several ways and builds it as a client does.
import { text } from 'node:stream/consumers';
import {
  buildClientSchema,
  buildSchema,
  getIntrospectionQuery,
  isIntrospectionType,
  isSpecifiedScalarType,
  printSchema,
  printType,
  validateSchema,
} from 'graphql';

const problemsOf = (schema) => validateSchema(schema).map(({ message }) => message);

const print = ({ sdl }) => {
  const schema = buildSchema(sdl, { assumeValid: false });
  return { problems: problemsOf(schema), sdl: printSchema(schema) };
};

const FLAGS = [
  'descriptions',
  'specifiedByUrl',
  'directiveIsRepeatable',
  'schemaDescription',
  'inputValueDeprecation',
  'oneOf',
];
const only = (flags) => Object.fromEntries(FLAGS.map((flag) => [flag, flags.includes(flag)]));
const WAYS = {
  'as graphql-js asks': {},
  'everything': only(FLAGS),
  'nothing but names and types': only([]),
  'as GraphiQL asks': { inputValueDeprecation: true, schemaDescription: true },
};

const inOrder = (schema) =>
  Object.values(schema.getTypeMap())
    .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(printType)
    .join('\n\n');

const ask = async ({ url, headers }) => {
  const found = {};
  for (const [way, options] of Object.entries(WAYS)) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: getIntrospectionQuery(options), operationName: 'IntrospectionQuery' }),
    });
    const { data, errors } = await response.json();
    if (errors) {
      found[way] = { problems: errors.map(({ message }) => message) };
      continue;
    }
    const schema = buildClientSchema(data);
    found[way] = { problems: problemsOf(schema), sdl: inOrder(schema) };
  }
  return found;
};

const [task] = process.argv.slice(2);
const found = await { print, ask }[task](JSON.parse(await text(process.stdin)));
process.stdout.write(JSON.stringify(found));
