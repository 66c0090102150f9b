// Runs every server audit of graphql-http against one address, prints the result of each, and exits with 1 when
// one of them fails or when their number is not the one we know: `node audit.mjs http://127.0.0.1:8000/graphql`.
import { serverAudits } from 'graphql-http';

const KNOWN_AUDITS = 61;
const url = process.argv[2];
if (!url) {
  console.error('usage: node audit.mjs URL');
  process.exit(2);
}

const audits = serverAudits({ url, fetchFn: fetch });
let passed = 0;
for (const audit of audits) {
  const result = await audit.fn();
  if (result.status === 'ok') {
    passed += 1;
  }
  const reason = result.status === 'ok' ? '' : ` (${result.reason})`;
  console.log(`${result.status.padEnd(6)} ${audit.id} ${audit.name}${reason}`);
}
console.log(`${passed} of ${audits.length} audits passed`);
if (audits.length !== KNOWN_AUDITS) {
  console.error(`expected ${KNOWN_AUDITS} audits; read what changed in graphql-http and set KNOWN_AUDITS`);
}
process.exit(passed === audits.length && audits.length === KNOWN_AUDITS ? 0 : 1);
