// Checks schemas with @graphql-eslint, prints each problem, and exits with 1 if there is one:
// `node lint.mjs SCHEMA.graphql...`; with `--part` first, an exception that is not needed is no problem.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { ESLint } from 'eslint';
import { configFor, exceptions } from './eslint.config.mjs';

const words = process.argv.slice(2);
const isPart = words[0] === '--part';
const paths = isPart ? words.slice(1) : words;
if (paths.length === 0) {
  console.error('usage: node lint.mjs [--part] SCHEMA.graphql...');
  process.exit(2);
}

const allowed = new Set(exceptions.flatMap(({ rule, messages }) => messages.map((message) => `${rule}: ${message}`)));
const problems = [];
let active = 0;
for (const path of paths) {
  const eslint = new ESLint({ overrideConfigFile: true, overrideConfig: [configFor(path)] });
  const [{ messages }] = await eslint.lintText(await readFile(path, 'utf-8'), { filePath: 'schema.graphql' });
  const unused = new Set(allowed);
  for (const { ruleId, line, message } of messages) {
    const problem = `${ruleId}: ${message}`;
    unused.delete(problem);
    if (!allowed.has(problem)) {
      problems.push(`${basename(path)}:${line}: ${problem}`);
    }
  }
  if (!isPart) {
    problems.push(...[...unused].map((problem) => `${basename(path)}: the exception is not needed: ${problem}`));
  }
  const { rules } = await eslint.calculateConfigForFile('schema.graphql');
  active = Object.values(rules).filter(([severity]) => severity > 0).length;
}
problems.forEach((problem) => console.log(problem));
console.log(`${active} rules, ${problems.length} problems, ${allowed.size} exceptions`);
process.exit(problems.length === 0 && active > 0 ? 0 : 1);
