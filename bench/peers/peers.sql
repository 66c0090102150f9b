-- What the peers need of the database: a reader that no policy binds, so that they pay for no lock, and for
-- PostGraphile its documented way to numbers and lists that no table has, computed columns.
GRANT USAGE ON SCHEMA public TO bench_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO bench_reader;
CREATE SCHEMA bench_peers;
GRANT USAGE ON SCHEMA bench_peers TO bench_reader;

CREATE FUNCTION bench_peers.today() RETURNS date LANGUAGE sql STABLE AS
$$ SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date $$;
COMMENT ON FUNCTION bench_peers.today() IS E'@behavior -*';

CREATE FUNCTION bench_peers.courtyard_people_count(c courtyard) RETURNS bigint LANGUAGE sql STABLE AS
$$ SELECT count(*) FROM person p WHERE p.tenant_id = c.tenant_id AND p.status = 'ACTIVE' $$;

CREATE FUNCTION bench_peers.courtyard_organization_count(c courtyard) RETURNS bigint LANGUAGE sql STABLE AS
$$ SELECT count(*) FROM organization o WHERE o.tenant_id = c.tenant_id AND o.dissolved_on IS NULL $$;

CREATE FUNCTION bench_peers.courtyard_funds_balance(c courtyard) RETURNS bigint LANGUAGE sql STABLE AS
$$ SELECT coalesce(sum(e.net_fen), 0)::bigint FROM ledger_entry e WHERE e.tenant_id = c.tenant_id $$;

CREATE FUNCTION bench_peers.courtyard_upcoming_activities(c courtyard) RETURNS SETOF activity LANGUAGE sql STABLE AS
$$ SELECT a.* FROM activity a WHERE a.tenant_id = c.tenant_id AND a.day >= bench_peers.today()
   AND a.status <> 'CANCELLED' ORDER BY a.day, a.starts_at, a.id $$;

CREATE FUNCTION bench_peers.organization_officers(o organization) RETURNS SETOF seat LANGUAGE sql STABLE AS
$$ SELECT s.* FROM seat s WHERE s.tenant_id = o.tenant_id AND s.organization_id = o.id
   AND (s.ended_on IS NULL OR s.ended_on >= bench_peers.today()) ORDER BY s.started_on, s.role, s.id $$;

GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA bench_peers TO bench_reader;
