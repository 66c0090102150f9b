// PostGraphile 5 over the same database at its best settings: production mode, Node's own HTTP server without a
// framework, prepared statements (its default cache of 100), a pool as large as everybody's, no editor, no explain,
// no watching, no subscriptions. Relations and computed columns get the names that yuanluo gives them.
import { createServer } from "node:http";

import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { jsonPgSmartTags } from "postgraphile/utils";

const { BENCH_DATABASE_URL, BENCH_PORT, BENCH_POOL } = process.env;

const ofCourtyard = (name) => `(tenant_id) references courtyard (tenant_id)|@fieldName courtyard|@foreignFieldName ${name}`;

const tags = jsonPgSmartTags({
  version: 1,
  config: {
    class: {
      node: { tags: { name: "tree_node" } }, // Node is GraphQL's
      courtyard: { tags: { unique: "tenant_id" } },
      person: { tags: { foreignKey: ofCourtyard("people") } },
      organization: { tags: { foreignKey: ofCourtyard("organizations") } },
      courtyard_counts: { tags: { unique: "tenant_id", foreignKey: ofCourtyard("counts") } },
      finance_counts: { tags: { unique: "tenant_id", foreignKey: ofCourtyard("financeCounts") } },
    },
    constraint: {
      "seat.seat_person_id_fkey": { tags: { fieldName: "person", foreignFieldName: "seats" } },
      "seat.seat_organization_id_fkey": { tags: { fieldName: "organization", foreignFieldName: "organizationSeats" } },
    },
  },
});

const preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [tags],
  disablePlugins: ["PgIndexBehaviorsPlugin"], // lists may be ordered by any column, as ours are
  pgServices: [
    makePgService({
      connectionString: BENCH_DATABASE_URL,
      schemas: ["public", "bench_peers"],
      poolConfig: { max: Number(BENCH_POOL), min: Number(BENCH_POOL) },
      pubsub: false,
    }),
  ],
  schema: { defaultBehavior: "-insert -update -delete" },
  grafast: { explain: false },
  grafserv: { graphiql: false, watch: false, websockets: false },
};

const instance = postgraphile(preset);
const serv = instance.createServ(grafserv);
const server = createServer();
server.keepAliveTimeout = 600_000;
server.on("error", (error) => {
  console.error(error);
  process.exit(1);
});
await serv.addTo(server);
await serv.ready();
server.listen(Number(BENCH_PORT), "127.0.0.1");
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
