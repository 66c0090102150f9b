"""core: initial. Frozen by `yuanluo makemigration`; do not change it once applied."""

from __future__ import annotations

from typing import Any

# fmt: off
STATEMENTS: dict[str, list[str]] = {'sqlite': ['CREATE TABLE "courtyard" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "courtyard_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "code" TEXT NOT NULL,\n'
            '  "name" TEXT NOT NULL,\n'
            '  "name_pinyin" TEXT NOT NULL,\n'
            '  "address" TEXT NOT NULL,\n'
            '  "kind" TEXT NOT NULL CONSTRAINT "courtyard_kind_check" CHECK ("kind" IN '
            "('OLD_COURTYARD', 'COMMERCIAL', 'UNIT_COMPOUND', 'RESETTLEMENT', 'RURAL_CONCENTRATED')),\n"
            '  "built_years" TEXT,\n'
            '  "building_count" INTEGER NOT NULL CONSTRAINT "courtyard_building_count_check" CHECK '
            '(typeof("building_count") = \'integer\' AND "building_count" BETWEEN -2147483648 AND '
            '2147483647),\n'
            '  "has_owners_assembly" FLAG_INTEGER NOT NULL CONSTRAINT '
            '"courtyard_has_owners_assembly_check" CHECK ("has_owners_assembly" IN (0, 1)),\n'
            '  "management_mode" TEXT NOT NULL CONSTRAINT "courtyard_management_mode_check" CHECK '
            '("management_mode" IN (\'SELF\', \'PROPERTY_COMPANY\', \'TRUST\', \'COMMUNITY_BASIC\')),\n'
            '  "community" INTEGER NOT NULL CONSTRAINT "courtyard_community_check" CHECK '
            '(typeof("community") = \'integer\' AND "community" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "subdistrict" INTEGER NOT NULL CONSTRAINT "courtyard_subdistrict_check" CHECK '
            '(typeof("subdistrict") = \'integer\' AND "subdistrict" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "district" INTEGER NOT NULL CONSTRAINT "courtyard_district_check" CHECK '
            '(typeof("district") = \'integer\' AND "district" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "grid" INTEGER CONSTRAINT "courtyard_grid_check" CHECK ("grid" IS NULL OR '
            '(typeof("grid") = \'integer\' AND "grid" BETWEEN -9007199254740991 AND '
            '9007199254740991)),\n'
            '  "opened_on" DAY_TEXT NOT NULL CONSTRAINT "courtyard_opened_on_check" CHECK ("opened_on" '
            'IS date("opened_on")),\n'
            '  PRIMARY KEY ("tenant_id", "id")\n'
            ')',
            'CREATE TABLE "person" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "person_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "name" TEXT NOT NULL,\n'
            '  "name_pinyin" TEXT NOT NULL,\n'
            '  "gender" TEXT CONSTRAINT "person_gender_check" CHECK ("gender" IN (\'M\', \'F\')),\n'
            '  "birth" TEXT CONSTRAINT "person_birth_check" CHECK ("birth" IS NULL OR (length("birth") '
            'IN (4, 7, 10) AND ("birth" || substr(\'0001-01-01\', length("birth") + 1)) IS date("birth" '
            '|| substr(\'0001-01-01\', length("birth") + 1)))),\n'
            '  "ethnicity" TEXT,\n'
            '  "id_number" BLOB,\n'
            '  "phone" BLOB,\n'
            '  "phone_alt" BLOB,\n'
            '  "status" TEXT NOT NULL CONSTRAINT "person_status_check" CHECK ("status" IN (\'ACTIVE\', '
            "'MOVED_OUT', 'DECEASED')),\n"
            '  "id_number_index" BLOB,\n'
            '  "id_number_masked" TEXT,\n'
            '  "phone_index" BLOB,\n'
            '  "phone_masked" TEXT,\n'
            '  "phone_alt_index" BLOB,\n'
            '  "phone_alt_masked" TEXT,\n'
            '  PRIMARY KEY ("tenant_id", "id")\n'
            ')',
            'CREATE TABLE "building" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "building_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "building_no" INTEGER NOT NULL CONSTRAINT "building_building_no_check" CHECK '
            '(typeof("building_no") = \'integer\' AND "building_no" BETWEEN -2147483648 AND '
            '2147483647),\n'
            '  "name" TEXT,\n'
            '  "stairwell_count" INTEGER NOT NULL CONSTRAINT "building_stairwell_count_check" CHECK '
            '(typeof("stairwell_count") = \'integer\' AND "stairwell_count" BETWEEN -2147483648 AND '
            '2147483647),\n'
            '  "floor_count" INTEGER CONSTRAINT "building_floor_count_check" CHECK ("floor_count" IS '
            'NULL OR (typeof("floor_count") = \'integer\' AND "floor_count" BETWEEN -2147483648 AND '
            '2147483647)),\n'
            '  "built_year" INTEGER CONSTRAINT "building_built_year_check" CHECK ("built_year" IS NULL '
            'OR (typeof("built_year") = \'integer\' AND "built_year" BETWEEN -2147483648 AND '
            '2147483647)),\n'
            '  PRIMARY KEY ("tenant_id", "id")\n'
            ')',
            'CREATE TABLE "dwelling" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "dwelling_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "building_id" UUID_TEXT NOT NULL,\n'
            '  "building_no" INTEGER NOT NULL CONSTRAINT "dwelling_building_no_check" CHECK '
            '(typeof("building_no") = \'integer\' AND "building_no" BETWEEN -2147483648 AND '
            '2147483647),\n'
            '  "stairwell_no" INTEGER NOT NULL CONSTRAINT "dwelling_stairwell_no_check" CHECK '
            '(typeof("stairwell_no") = \'integer\' AND "stairwell_no" BETWEEN -2147483648 AND '
            '2147483647),\n'
            '  "room_no" TEXT NOT NULL,\n'
            '  "room_key" TEXT NOT NULL,\n'
            '  "area_c" INTEGER NOT NULL CONSTRAINT "dwelling_area_c_check" CHECK (typeof("area_c") = '
            '\'integer\' AND "area_c" BETWEEN -9007199254740991 AND 9007199254740991),\n'
            '  "area_basis" TEXT NOT NULL CONSTRAINT "dwelling_area_basis_check" CHECK ("area_basis" IN '
            "('REGISTERED', 'SURVEYED', 'CONTRACT')),\n"
            '  "use" TEXT NOT NULL CONSTRAINT "dwelling_use_check" CHECK ("use" IN (\'RESIDENTIAL\', '
            "'COMMERCIAL', 'PARKING')),\n"
            '  "delivered" FLAG_INTEGER NOT NULL CONSTRAINT "dwelling_delivered_check" CHECK '
            '("delivered" IN (0, 1)),\n'
            '  "occupancy" TEXT CONSTRAINT "dwelling_occupancy_check" CHECK ("occupancy" IN '
            "('OWNER_OCCUPIED', 'RENTED', 'VACANT')),\n"
            '  PRIMARY KEY ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "building_id") REFERENCES "building" ("tenant_id", "id")\n'
            ')',
            'CREATE TABLE "household" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "household_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "dwelling_id" UUID_TEXT NOT NULL,\n'
            '  "head_id" UUID_TEXT,\n'
            '  "started_on" DAY_TEXT CONSTRAINT "household_started_on_check" CHECK ("started_on" IS '
            'NULL OR "started_on" IS date("started_on")),\n'
            '  "ended_on" DAY_TEXT CONSTRAINT "household_ended_on_check" CHECK ("ended_on" IS NULL OR '
            '"ended_on" IS date("ended_on")),\n'
            '  PRIMARY KEY ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "dwelling_id") REFERENCES "dwelling" ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "head_id") REFERENCES "person" ("tenant_id", "id")\n'
            ')',
            'CREATE TABLE "organization" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "organization_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "kind" TEXT NOT NULL,\n'
            '  "name" TEXT NOT NULL,\n'
            '  "parent_id" UUID_TEXT,\n'
            '  "upper_id" UUID_TEXT,\n'
            '  "established_on" TEXT CONSTRAINT "organization_established_on_check" CHECK '
            '("established_on" IS NULL OR (length("established_on") IN (4, 7, 10) AND ("established_on" '
            '|| substr(\'0001-01-01\', length("established_on") + 1)) IS date("established_on" || '
            'substr(\'0001-01-01\', length("established_on") + 1)))),\n'
            '  "dissolved_on" DAY_TEXT CONSTRAINT "organization_dissolved_on_check" CHECK '
            '("dissolved_on" IS NULL OR "dissolved_on" IS date("dissolved_on")),\n'
            '  "status" TEXT NOT NULL CONSTRAINT "organization_status_check" CHECK ("status" IN '
            "('PREPARING', 'ACTIVE', 'OVERDUE', 'DISSOLVED')),\n"
            '  PRIMARY KEY ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "parent_id") REFERENCES "organization" ("tenant_id", "id")\n'
            ')',
            'CREATE TABLE "ownership" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "ownership_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "dwelling_id" UUID_TEXT NOT NULL,\n'
            '  "person_id" UUID_TEXT,\n'
            '  "organization_id" UUID_TEXT,\n'
            '  "numerator" INTEGER NOT NULL CONSTRAINT "ownership_numerator_check" CHECK '
            '(typeof("numerator") = \'integer\' AND "numerator" BETWEEN -2147483648 AND 2147483647),\n'
            '  "denominator" INTEGER NOT NULL CONSTRAINT "ownership_denominator_check" CHECK '
            '(typeof("denominator") = \'integer\' AND "denominator" BETWEEN -2147483648 AND '
            '2147483647),\n'
            '  "occupancy" TEXT CONSTRAINT "ownership_occupancy_check" CHECK ("occupancy" IN '
            "('OWNER_OCCUPIED', 'RENTED', 'VACANT')),\n"
            '  "started_on" DAY_TEXT CONSTRAINT "ownership_started_on_check" CHECK ("started_on" IS '
            'NULL OR "started_on" IS date("started_on")),\n'
            '  "ended_on" DAY_TEXT CONSTRAINT "ownership_ended_on_check" CHECK ("ended_on" IS NULL OR '
            '"ended_on" IS date("ended_on")),\n'
            '  PRIMARY KEY ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "dwelling_id") REFERENCES "dwelling" ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "person_id") REFERENCES "person" ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "organization_id") REFERENCES "organization" ("tenant_id", '
            '"id")\n'
            ')',
            'CREATE TABLE "residency" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "residency_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "dwelling_id" UUID_TEXT NOT NULL,\n'
            '  "person_id" UUID_TEXT NOT NULL,\n'
            '  "household_id" UUID_TEXT,\n'
            '  "occupancy" TEXT NOT NULL CONSTRAINT "residency_occupancy_check" CHECK ("occupancy" IN '
            "('OWNER_OCCUPIED', 'RENTED', 'VACANT')),\n"
            '  "relation" TEXT CONSTRAINT "residency_relation_check" CHECK ("relation" IN (\'HEAD\', '
            "'SPOUSE', 'CHILD', 'GRANDCHILD', 'PARENT', 'OTHER')),\n"
            '  "started_on" DAY_TEXT CONSTRAINT "residency_started_on_check" CHECK ("started_on" IS '
            'NULL OR "started_on" IS date("started_on")),\n'
            '  "ended_on" DAY_TEXT CONSTRAINT "residency_ended_on_check" CHECK ("ended_on" IS NULL OR '
            '"ended_on" IS date("ended_on")),\n'
            '  PRIMARY KEY ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "dwelling_id") REFERENCES "dwelling" ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "person_id") REFERENCES "person" ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "household_id") REFERENCES "household" ("tenant_id", "id")\n'
            ')',
            'CREATE TABLE "seat" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "seat_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "organization_id" UUID_TEXT NOT NULL,\n'
            '  "person_id" UUID_TEXT NOT NULL,\n'
            '  "role" TEXT NOT NULL,\n'
            '  "title" TEXT,\n'
            '  "started_on" DAY_TEXT NOT NULL CONSTRAINT "seat_started_on_check" CHECK ("started_on" IS '
            'date("started_on")),\n'
            '  "term_end" DAY_TEXT CONSTRAINT "seat_term_end_check" CHECK ("term_end" IS NULL OR '
            '"term_end" IS date("term_end")),\n'
            '  "ended_on" DAY_TEXT CONSTRAINT "seat_ended_on_check" CHECK ("ended_on" IS NULL OR '
            '"ended_on" IS date("ended_on")),\n'
            '  "ended_by" TEXT CONSTRAINT "seat_ended_by_check" CHECK ("ended_by" IN (\'TERM\', '
            "'RESIGN', 'RECALL', 'DISQUALIFIED', 'OTHER')),\n"
            '  PRIMARY KEY ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "organization_id") REFERENCES "organization" ("tenant_id", '
            '"id"),\n'
            '  FOREIGN KEY ("tenant_id", "person_id") REFERENCES "person" ("tenant_id", "id")\n'
            ')',
            'CREATE TABLE "record" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "record_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "sequence" INTEGER NOT NULL CONSTRAINT "record_sequence_check" CHECK (typeof("sequence") '
            '= \'integer\' AND "sequence" BETWEEN -9007199254740991 AND 9007199254740991),\n'
            '  "kind" TEXT NOT NULL,\n'
            '  "body" TEXT NOT NULL,\n'
            '  "subject_type" TEXT NOT NULL,\n'
            '  "subject_id" TEXT,\n'
            '  "actor" TEXT NOT NULL,\n'
            '  "on_behalf_of" TEXT,\n'
            '  "day" DAY_TEXT NOT NULL CONSTRAINT "record_day_check" CHECK ("day" IS date("day")),\n'
            '  "filed_at" MOMENT_TEXT NOT NULL CONSTRAINT "record_filed_at_check" CHECK ("filed_at" '
            "GLOB '????-??-??T??:??:??.??????Z'),\n"
            '  "disclosure" TEXT NOT NULL CONSTRAINT "record_disclosure_check" CHECK ("disclosure" IN '
            "('D0', 'D1', 'D2', 'D3')),\n"
            '  "content" TEXT NOT NULL,\n'
            '  "previous" TEXT NOT NULL,\n'
            '  "hash" TEXT NOT NULL,\n'
            '  PRIMARY KEY ("tenant_id", "id")\n'
            ')',
            'CREATE TABLE "record_head" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "record_head_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "chain" TEXT NOT NULL,\n'
            '  "sequence" INTEGER NOT NULL CONSTRAINT "record_head_sequence_check" CHECK '
            '(typeof("sequence") = \'integer\' AND "sequence" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "head" TEXT NOT NULL,\n'
            '  "version" INTEGER NOT NULL CONSTRAINT "record_head_version_check" CHECK '
            '(typeof("version") = \'integer\' AND "version" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id")\n'
            ')',
            'CREATE TABLE "record_personal" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "record_personal_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "salt" BLOB NOT NULL,\n'
            '  "personal" BLOB NOT NULL,\n'
            '  "personal_index" BLOB,\n'
            '  "personal_masked" TEXT,\n'
            '  PRIMARY KEY ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "id") REFERENCES "record" ("tenant_id", "id")\n'
            ')',
            'CREATE TABLE "courtyard_counts" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "courtyard_counts_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "counter" TEXT NOT NULL,\n'
            '  "district" INTEGER CONSTRAINT "courtyard_counts_district_check" CHECK ("district" IS '
            'NULL OR (typeof("district") = \'integer\' AND "district" BETWEEN -9007199254740991 AND '
            '9007199254740991)),\n'
            '  "subdistrict" INTEGER CONSTRAINT "courtyard_counts_subdistrict_check" CHECK '
            '("subdistrict" IS NULL OR (typeof("subdistrict") = \'integer\' AND "subdistrict" BETWEEN '
            '-9007199254740991 AND 9007199254740991)),\n'
            '  "community" INTEGER CONSTRAINT "courtyard_counts_community_check" CHECK ("community" IS '
            'NULL OR (typeof("community") = \'integer\' AND "community" BETWEEN -9007199254740991 AND '
            '9007199254740991)),\n'
            '  "people" INTEGER NOT NULL CONSTRAINT "courtyard_counts_people_check" CHECK '
            '(typeof("people") = \'integer\' AND "people" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "households" INTEGER NOT NULL CONSTRAINT "courtyard_counts_households_check" CHECK '
            '(typeof("households") = \'integer\' AND "households" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "dwellings" INTEGER NOT NULL CONSTRAINT "courtyard_counts_dwellings_check" CHECK '
            '(typeof("dwellings") = \'integer\' AND "dwellings" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "area_c" INTEGER NOT NULL CONSTRAINT "courtyard_counts_area_c_check" CHECK '
            '(typeof("area_c") = \'integer\' AND "area_c" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "organizations" INTEGER NOT NULL CONSTRAINT "courtyard_counts_organizations_check" CHECK '
            '(typeof("organizations") = \'integer\' AND "organizations" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id")\n'
            ')',
            'CREATE TABLE "idempotency" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "idempotency_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "actor" TEXT NOT NULL,\n'
            '  "key" TEXT NOT NULL,\n'
            '  "input_hash" TEXT NOT NULL,\n'
            '  "record_id" TEXT NOT NULL,\n'
            '  "taken_at" MOMENT_TEXT NOT NULL CONSTRAINT "idempotency_taken_at_check" CHECK '
            '("taken_at" GLOB \'????-??-??T??:??:??.??????Z\'),\n'
            '  PRIMARY KEY ("tenant_id", "id")\n'
            ')',
            'CREATE TABLE "import_batch" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "import_batch_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "kind" TEXT NOT NULL,\n'
            '  "file_name" TEXT NOT NULL,\n'
            '  "file_sha256" TEXT NOT NULL,\n'
            '  "imported_on" DAY_TEXT NOT NULL CONSTRAINT "import_batch_imported_on_check" CHECK '
            '("imported_on" IS date("imported_on")),\n'
            '  "imported_at" MOMENT_TEXT NOT NULL CONSTRAINT "import_batch_imported_at_check" CHECK '
            '("imported_at" GLOB \'????-??-??T??:??:??.??????Z\'),\n'
            '  "imported_by" TEXT NOT NULL,\n'
            '  "record_count" INTEGER NOT NULL CONSTRAINT "import_batch_record_count_check" CHECK '
            '(typeof("record_count") = \'integer\' AND "record_count" BETWEEN -2147483648 AND '
            '2147483647),\n'
            '  "counts" TEXT NOT NULL,\n'
            '  PRIMARY KEY ("tenant_id", "id")\n'
            ')',
            'CREATE TABLE "read_log" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "read_log_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "actor" TEXT NOT NULL,\n'
            '  "purpose" TEXT NOT NULL,\n'
            '  "row_type" TEXT NOT NULL,\n'
            '  "field" TEXT NOT NULL,\n'
            '  "row_ids" TEXT NOT NULL,\n'
            '  "row_count" INTEGER NOT NULL CONSTRAINT "read_log_row_count_check" CHECK '
            '(typeof("row_count") = \'integer\' AND "row_count" BETWEEN -2147483648 AND 2147483647),\n'
            '  "read_at" MOMENT_TEXT NOT NULL CONSTRAINT "read_log_read_at_check" CHECK ("read_at" GLOB '
            "'????-??-??T??:??:??.??????Z'),\n"
            '  PRIMARY KEY ("tenant_id", "id")\n'
            ')',
            'CREATE TABLE "account" (\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "login" TEXT NOT NULL,\n'
            '  "name" TEXT NOT NULL,\n'
            '  "kind" TEXT NOT NULL CONSTRAINT "account_kind_check" CHECK ("kind" IN (\'PERSON\', '
            "'SERVICE')),\n"
            '  "status" TEXT NOT NULL CONSTRAINT "account_status_check" CHECK ("status" IN (\'ACTIVE\', '
            "'DISABLED')),\n"
            '  "created_at" MOMENT_TEXT NOT NULL CONSTRAINT "account_created_at_check" CHECK '
            '("created_at" GLOB \'????-??-??T??:??:??.??????Z\'),\n'
            '  PRIMARY KEY ("id")\n'
            ')',
            'CREATE TABLE "account_person" (\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "account_id" TEXT NOT NULL,\n'
            '  "tenant" INTEGER NOT NULL CONSTRAINT "account_person_tenant_check" CHECK '
            '(typeof("tenant") = \'integer\' AND "tenant" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "person_id" TEXT NOT NULL,\n'
            '  PRIMARY KEY ("id")\n'
            ')',
            'CREATE TABLE "api_token" (\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "account_id" TEXT NOT NULL,\n'
            '  "hash" TEXT NOT NULL,\n'
            '  "prefix" TEXT NOT NULL,\n'
            '  "label" TEXT NOT NULL,\n'
            '  "scope" TEXT NOT NULL CONSTRAINT "api_token_scope_check" CHECK ("scope" IN (\'READ\', '
            "'WRITE')),\n"
            '  "node" INTEGER CONSTRAINT "api_token_node_check" CHECK ("node" IS NULL OR '
            '(typeof("node") = \'integer\' AND "node" BETWEEN -9007199254740991 AND '
            '9007199254740991)),\n'
            '  "created_at" MOMENT_TEXT NOT NULL CONSTRAINT "api_token_created_at_check" CHECK '
            '("created_at" GLOB \'????-??-??T??:??:??.??????Z\'),\n'
            '  "expires_at" MOMENT_TEXT NOT NULL CONSTRAINT "api_token_expires_at_check" CHECK '
            '("expires_at" GLOB \'????-??-??T??:??:??.??????Z\'),\n'
            '  "revoked_at" MOMENT_TEXT CONSTRAINT "api_token_revoked_at_check" CHECK ("revoked_at" '
            "GLOB '????-??-??T??:??:??.??????Z'),\n"
            '  PRIMARY KEY ("id")\n'
            ')',
            'CREATE TABLE "role_grant" (\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "account_id" TEXT NOT NULL,\n'
            '  "role" TEXT NOT NULL,\n'
            '  "node" INTEGER NOT NULL CONSTRAINT "role_grant_node_check" CHECK (typeof("node") = '
            '\'integer\' AND "node" BETWEEN -9007199254740991 AND 9007199254740991),\n'
            '  "started_on" DAY_TEXT NOT NULL CONSTRAINT "role_grant_started_on_check" CHECK '
            '("started_on" IS date("started_on")),\n'
            '  "ended_on" DAY_TEXT CONSTRAINT "role_grant_ended_on_check" CHECK ("ended_on" IS NULL OR '
            '"ended_on" IS date("ended_on")),\n'
            '  "granted_by" TEXT NOT NULL,\n'
            '  "revoked_at" MOMENT_TEXT CONSTRAINT "role_grant_revoked_at_check" CHECK ("revoked_at" '
            "GLOB '????-??-??T??:??:??.??????Z'),\n"
            '  PRIMARY KEY ("id")\n'
            ')',
            'CREATE TABLE "identity" (\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "blind_index" TEXT NOT NULL,\n'
            '  "created_at" MOMENT_TEXT NOT NULL CONSTRAINT "identity_created_at_check" CHECK '
            '("created_at" GLOB \'????-??-??T??:??:??.??????Z\'),\n'
            '  PRIMARY KEY ("id")\n'
            ')',
            'CREATE TABLE "identity_membership" (\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "identity_id" TEXT NOT NULL,\n'
            '  "kind" TEXT NOT NULL,\n'
            '  "tenant" INTEGER NOT NULL CONSTRAINT "identity_membership_tenant_check" CHECK '
            '(typeof("tenant") = \'integer\' AND "tenant" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "subject_id" TEXT NOT NULL,\n'
            '  "since" MOMENT_TEXT NOT NULL CONSTRAINT "identity_membership_since_check" CHECK ("since" '
            "GLOB '????-??-??T??:??:??.??????Z'),\n"
            '  PRIMARY KEY ("id")\n'
            ')',
            'CREATE TABLE "identity_attempt" (\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "actor" TEXT NOT NULL,\n'
            '  "tenant" INTEGER NOT NULL CONSTRAINT "identity_attempt_tenant_check" CHECK '
            '(typeof("tenant") = \'integer\' AND "tenant" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "kind" TEXT NOT NULL,\n'
            '  "refused" FLAG_INTEGER NOT NULL CONSTRAINT "identity_attempt_refused_check" CHECK '
            '("refused" IN (0, 1)),\n'
            '  "at" MOMENT_TEXT NOT NULL CONSTRAINT "identity_attempt_at_check" CHECK ("at" GLOB '
            "'????-??-??T??:??:??.??????Z'),\n"
            '  PRIMARY KEY ("id")\n'
            ')',
            'CREATE UNIQUE INDEX "courtyard_code_key" ON "courtyard" ("tenant_id", "code")',
            'CREATE INDEX "courtyard_community_index" ON "courtyard" ("tenant_id", "community")',
            'CREATE UNIQUE INDEX "person_id_number_index_key" ON "person" ("tenant_id", '
            '"id_number_index")',
            'CREATE INDEX "person_phone_index_index" ON "person" ("tenant_id", "phone_index")',
            'CREATE INDEX "person_phone_alt_index_index" ON "person" ("tenant_id", "phone_alt_index")',
            'CREATE INDEX "person_name_pinyin_name_index" ON "person" ("tenant_id", "name_pinyin", '
            '"name")',
            'CREATE INDEX "person_name_index" ON "person" ("tenant_id", "name")',
            'CREATE UNIQUE INDEX "building_building_no_key" ON "building" ("tenant_id", "building_no")',
            'CREATE UNIQUE INDEX "dwelling_room_key_key" ON "dwelling" ("tenant_id", "room_key")',
            'CREATE INDEX "dwelling_building_id_index" ON "dwelling" ("tenant_id", "building_id")',
            'CREATE INDEX "dwelling_building_no_stairwell_no_room_no_index" ON "dwelling" ("tenant_id", '
            '"building_no", "stairwell_no", "room_no")',
            'CREATE INDEX "household_dwelling_id_index" ON "household" ("tenant_id", "dwelling_id")',
            'CREATE INDEX "household_head_id_index" ON "household" ("tenant_id", "head_id")',
            'CREATE INDEX "organization_parent_id_index" ON "organization" ("tenant_id", "parent_id")',
            'CREATE INDEX "organization_upper_id_index" ON "organization" ("tenant_id", "upper_id")',
            'CREATE INDEX "organization_kind_name_index" ON "organization" ("tenant_id", "kind", '
            '"name")',
            'CREATE INDEX "ownership_dwelling_id_index" ON "ownership" ("tenant_id", "dwelling_id")',
            'CREATE INDEX "ownership_person_id_index" ON "ownership" ("tenant_id", "person_id")',
            'CREATE INDEX "ownership_organization_id_index" ON "ownership" ("tenant_id", '
            '"organization_id")',
            'CREATE INDEX "residency_dwelling_id_index" ON "residency" ("tenant_id", "dwelling_id")',
            'CREATE INDEX "residency_person_id_index" ON "residency" ("tenant_id", "person_id")',
            'CREATE INDEX "residency_household_id_index" ON "residency" ("tenant_id", "household_id")',
            'CREATE INDEX "seat_organization_id_index" ON "seat" ("tenant_id", "organization_id")',
            'CREATE INDEX "seat_person_id_index" ON "seat" ("tenant_id", "person_id")',
            'CREATE UNIQUE INDEX "record_sequence_key" ON "record" ("tenant_id", "sequence")',
            'CREATE INDEX "record_kind_day_index" ON "record" ("tenant_id", "kind", "day")',
            'CREATE INDEX "record_subject_id_index" ON "record" ("tenant_id", "subject_id")',
            'CREATE UNIQUE INDEX "record_head_chain_key" ON "record_head" ("tenant_id", "chain")',
            'CREATE INDEX "record_personal_personal_index_index" ON "record_personal" ("tenant_id", '
            '"personal_index")',
            'CREATE UNIQUE INDEX "courtyard_counts_counter_key" ON "courtyard_counts" ("tenant_id", '
            '"counter")',
            'CREATE UNIQUE INDEX "idempotency_actor_key_key" ON "idempotency" ("tenant_id", "actor", '
            '"key")',
            'CREATE INDEX "idempotency_taken_at_index" ON "idempotency" ("tenant_id", "taken_at")',
            'CREATE UNIQUE INDEX "import_batch_kind_file_sha256_key" ON "import_batch" ("tenant_id", '
            '"kind", "file_sha256")',
            'CREATE INDEX "read_log_read_at_index" ON "read_log" ("tenant_id", "read_at")',
            'CREATE UNIQUE INDEX "account_login_key" ON "account" ("login")',
            'CREATE UNIQUE INDEX "account_person_account_id_person_id_key" ON "account_person" '
            '("account_id", "person_id")',
            'CREATE INDEX "account_person_account_id_index" ON "account_person" ("account_id")',
            'CREATE UNIQUE INDEX "api_token_hash_key" ON "api_token" ("hash")',
            'CREATE INDEX "api_token_account_id_index" ON "api_token" ("account_id")',
            'CREATE INDEX "role_grant_account_id_index" ON "role_grant" ("account_id")',
            'CREATE INDEX "role_grant_node_index" ON "role_grant" ("node")',
            'CREATE UNIQUE INDEX "identity_blind_index_key" ON "identity" ("blind_index")',
            'CREATE UNIQUE INDEX "identity_membership_identity_id_kind_key" ON "identity_membership" '
            '("identity_id", "kind")',
            'CREATE INDEX "identity_membership_tenant_index" ON "identity_membership" ("tenant")',
            'CREATE INDEX "identity_attempt_at_index" ON "identity_attempt" ("at")',
            'CREATE INDEX "identity_attempt_actor_at_index" ON "identity_attempt" ("actor", "at")'],
 'postgresql': ['CREATE TABLE "courtyard" (\n'
                '  "tenant_id" bigint NOT NULL CONSTRAINT "courtyard_tenant_id_check" CHECK '
                '("tenant_id" BETWEEN 0 AND 9007199254740991),\n'
                '  "id" uuid NOT NULL,\n'
                '  "code" text COLLATE "C" NOT NULL,\n'
                '  "name" text COLLATE "C" NOT NULL,\n'
                '  "name_pinyin" text COLLATE "C" NOT NULL,\n'
                '  "address" text COLLATE "C" NOT NULL,\n'
                '  "kind" text COLLATE "C" NOT NULL CONSTRAINT "courtyard_kind_check" CHECK ("kind" IN '
                "('OLD_COURTYARD', 'COMMERCIAL', 'UNIT_COMPOUND', 'RESETTLEMENT', "
                "'RURAL_CONCENTRATED')),\n"
                '  "built_years" text COLLATE "C",\n'
                '  "building_count" integer NOT NULL,\n'
                '  "has_owners_assembly" boolean NOT NULL,\n'
                '  "management_mode" text COLLATE "C" NOT NULL CONSTRAINT '
                '"courtyard_management_mode_check" CHECK ("management_mode" IN (\'SELF\', '
                "'PROPERTY_COMPANY', 'TRUST', 'COMMUNITY_BASIC')),\n"
                '  "community" bigint NOT NULL CONSTRAINT "courtyard_community_check" CHECK '
                '("community" BETWEEN -9007199254740991 AND 9007199254740991),\n'
                '  "subdistrict" bigint NOT NULL CONSTRAINT "courtyard_subdistrict_check" CHECK '
                '("subdistrict" BETWEEN -9007199254740991 AND 9007199254740991),\n'
                '  "district" bigint NOT NULL CONSTRAINT "courtyard_district_check" CHECK ("district" '
                'BETWEEN -9007199254740991 AND 9007199254740991),\n'
                '  "grid" bigint CONSTRAINT "courtyard_grid_check" CHECK ("grid" BETWEEN '
                '-9007199254740991 AND 9007199254740991),\n'
                '  "opened_on" date NOT NULL,\n'
                '  PRIMARY KEY ("tenant_id", "id")\n'
                ')',
                'CREATE TABLE "person" (\n'
                '  "tenant_id" bigint NOT NULL CONSTRAINT "person_tenant_id_check" CHECK ("tenant_id" '
                'BETWEEN 0 AND 9007199254740991),\n'
                '  "id" uuid NOT NULL,\n'
                '  "name" text COLLATE "C" NOT NULL,\n'
                '  "name_pinyin" text COLLATE "C" NOT NULL,\n'
                '  "gender" text COLLATE "C" CONSTRAINT "person_gender_check" CHECK ("gender" IN '
                "('M', 'F')),\n"
                '  "birth" text COLLATE "C" CONSTRAINT "person_birth_check" CHECK ("birth" ~ '
                "'^\\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\\d|3[01]))?)?$'),\n"
                '  "ethnicity" text COLLATE "C",\n'
                '  "id_number" bytea,\n'
                '  "phone" bytea,\n'
                '  "phone_alt" bytea,\n'
                '  "status" text COLLATE "C" NOT NULL CONSTRAINT "person_status_check" CHECK ("status" '
                "IN ('ACTIVE', 'MOVED_OUT', 'DECEASED')),\n"
                '  "id_number_index" bytea,\n'
                '  "id_number_masked" text COLLATE "C",\n'
                '  "phone_index" bytea,\n'
                '  "phone_masked" text COLLATE "C",\n'
                '  "phone_alt_index" bytea,\n'
                '  "phone_alt_masked" text COLLATE "C",\n'
                '  PRIMARY KEY ("tenant_id", "id")\n'
                ')',
                'CREATE TABLE "building" (\n'
                '  "tenant_id" bigint NOT NULL CONSTRAINT "building_tenant_id_check" CHECK ("tenant_id" '
                'BETWEEN 0 AND 9007199254740991),\n'
                '  "id" uuid NOT NULL,\n'
                '  "building_no" integer NOT NULL,\n'
                '  "name" text COLLATE "C",\n'
                '  "stairwell_count" integer NOT NULL,\n'
                '  "floor_count" integer,\n'
                '  "built_year" integer,\n'
                '  PRIMARY KEY ("tenant_id", "id")\n'
                ')',
                'CREATE TABLE "dwelling" (\n'
                '  "tenant_id" bigint NOT NULL CONSTRAINT "dwelling_tenant_id_check" CHECK ("tenant_id" '
                'BETWEEN 0 AND 9007199254740991),\n'
                '  "id" uuid NOT NULL,\n'
                '  "building_id" uuid NOT NULL,\n'
                '  "building_no" integer NOT NULL,\n'
                '  "stairwell_no" integer NOT NULL,\n'
                '  "room_no" text COLLATE "C" NOT NULL,\n'
                '  "room_key" text COLLATE "C" NOT NULL,\n'
                '  "area_c" bigint NOT NULL CONSTRAINT "dwelling_area_c_check" CHECK ("area_c" BETWEEN '
                '-9007199254740991 AND 9007199254740991),\n'
                '  "area_basis" text COLLATE "C" NOT NULL CONSTRAINT "dwelling_area_basis_check" CHECK '
                '("area_basis" IN (\'REGISTERED\', \'SURVEYED\', \'CONTRACT\')),\n'
                '  "use" text COLLATE "C" NOT NULL CONSTRAINT "dwelling_use_check" CHECK ("use" IN '
                "('RESIDENTIAL', 'COMMERCIAL', 'PARKING')),\n"
                '  "delivered" boolean NOT NULL,\n'
                '  "occupancy" text COLLATE "C" CONSTRAINT "dwelling_occupancy_check" CHECK '
                '("occupancy" IN (\'OWNER_OCCUPIED\', \'RENTED\', \'VACANT\')),\n'
                '  PRIMARY KEY ("tenant_id", "id")\n'
                ')',
                'CREATE TABLE "household" (\n'
                '  "tenant_id" bigint NOT NULL CONSTRAINT "household_tenant_id_check" CHECK '
                '("tenant_id" BETWEEN 0 AND 9007199254740991),\n'
                '  "id" uuid NOT NULL,\n'
                '  "dwelling_id" uuid NOT NULL,\n'
                '  "head_id" uuid,\n'
                '  "started_on" date,\n'
                '  "ended_on" date,\n'
                '  PRIMARY KEY ("tenant_id", "id")\n'
                ')',
                'CREATE TABLE "organization" (\n'
                '  "tenant_id" bigint NOT NULL CONSTRAINT "organization_tenant_id_check" CHECK '
                '("tenant_id" BETWEEN 0 AND 9007199254740991),\n'
                '  "id" uuid NOT NULL,\n'
                '  "kind" text COLLATE "C" NOT NULL,\n'
                '  "name" text COLLATE "C" NOT NULL,\n'
                '  "parent_id" uuid,\n'
                '  "upper_id" uuid,\n'
                '  "established_on" text COLLATE "C" CONSTRAINT "organization_established_on_check" '
                'CHECK ("established_on" ~ \'^\\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\\d|3[01]))?)?$\'),\n'
                '  "dissolved_on" date,\n'
                '  "status" text COLLATE "C" NOT NULL CONSTRAINT "organization_status_check" CHECK '
                '("status" IN (\'PREPARING\', \'ACTIVE\', \'OVERDUE\', \'DISSOLVED\')),\n'
                '  PRIMARY KEY ("tenant_id", "id")\n'
                ')',
                'CREATE TABLE "ownership" (\n'
                '  "tenant_id" bigint NOT NULL CONSTRAINT "ownership_tenant_id_check" CHECK '
                '("tenant_id" BETWEEN 0 AND 9007199254740991),\n'
                '  "id" uuid NOT NULL,\n'
                '  "dwelling_id" uuid NOT NULL,\n'
                '  "person_id" uuid,\n'
                '  "organization_id" uuid,\n'
                '  "numerator" integer NOT NULL,\n'
                '  "denominator" integer NOT NULL,\n'
                '  "occupancy" text COLLATE "C" CONSTRAINT "ownership_occupancy_check" CHECK '
                '("occupancy" IN (\'OWNER_OCCUPIED\', \'RENTED\', \'VACANT\')),\n'
                '  "started_on" date,\n'
                '  "ended_on" date,\n'
                '  PRIMARY KEY ("tenant_id", "id")\n'
                ')',
                'CREATE TABLE "residency" (\n'
                '  "tenant_id" bigint NOT NULL CONSTRAINT "residency_tenant_id_check" CHECK '
                '("tenant_id" BETWEEN 0 AND 9007199254740991),\n'
                '  "id" uuid NOT NULL,\n'
                '  "dwelling_id" uuid NOT NULL,\n'
                '  "person_id" uuid NOT NULL,\n'
                '  "household_id" uuid,\n'
                '  "occupancy" text COLLATE "C" NOT NULL CONSTRAINT "residency_occupancy_check" CHECK '
                '("occupancy" IN (\'OWNER_OCCUPIED\', \'RENTED\', \'VACANT\')),\n'
                '  "relation" text COLLATE "C" CONSTRAINT "residency_relation_check" CHECK ("relation" '
                "IN ('HEAD', 'SPOUSE', 'CHILD', 'GRANDCHILD', 'PARENT', 'OTHER')),\n"
                '  "started_on" date,\n'
                '  "ended_on" date,\n'
                '  PRIMARY KEY ("tenant_id", "id")\n'
                ')',
                'CREATE TABLE "seat" (\n'
                '  "tenant_id" bigint NOT NULL CONSTRAINT "seat_tenant_id_check" CHECK ("tenant_id" '
                'BETWEEN 0 AND 9007199254740991),\n'
                '  "id" uuid NOT NULL,\n'
                '  "organization_id" uuid NOT NULL,\n'
                '  "person_id" uuid NOT NULL,\n'
                '  "role" text COLLATE "C" NOT NULL,\n'
                '  "title" text COLLATE "C",\n'
                '  "started_on" date NOT NULL,\n'
                '  "term_end" date,\n'
                '  "ended_on" date,\n'
                '  "ended_by" text COLLATE "C" CONSTRAINT "seat_ended_by_check" CHECK ("ended_by" IN '
                "('TERM', 'RESIGN', 'RECALL', 'DISQUALIFIED', 'OTHER')),\n"
                '  PRIMARY KEY ("tenant_id", "id")\n'
                ')',
                'CREATE TABLE "record" (\n'
                '  "tenant_id" bigint NOT NULL CONSTRAINT "record_tenant_id_check" CHECK ("tenant_id" '
                'BETWEEN 0 AND 9007199254740991),\n'
                '  "id" uuid NOT NULL,\n'
                '  "sequence" bigint NOT NULL CONSTRAINT "record_sequence_check" CHECK ("sequence" '
                'BETWEEN -9007199254740991 AND 9007199254740991),\n'
                '  "kind" text COLLATE "C" NOT NULL,\n'
                '  "body" text COLLATE "C" NOT NULL,\n'
                '  "subject_type" text COLLATE "C" NOT NULL,\n'
                '  "subject_id" text COLLATE "C",\n'
                '  "actor" text COLLATE "C" NOT NULL,\n'
                '  "on_behalf_of" text COLLATE "C",\n'
                '  "day" date NOT NULL,\n'
                '  "filed_at" timestamptz NOT NULL,\n'
                '  "disclosure" text COLLATE "C" NOT NULL CONSTRAINT "record_disclosure_check" CHECK '
                '("disclosure" IN (\'D0\', \'D1\', \'D2\', \'D3\')),\n'
                '  "content" text COLLATE "C" NOT NULL,\n'
                '  "previous" text COLLATE "C" NOT NULL,\n'
                '  "hash" text COLLATE "C" NOT NULL,\n'
                '  PRIMARY KEY ("tenant_id", "id")\n'
                ')',
                'CREATE TABLE "record_head" (\n'
                '  "tenant_id" bigint NOT NULL CONSTRAINT "record_head_tenant_id_check" CHECK '
                '("tenant_id" BETWEEN 0 AND 9007199254740991),\n'
                '  "id" uuid NOT NULL,\n'
                '  "chain" text COLLATE "C" NOT NULL,\n'
                '  "sequence" bigint NOT NULL CONSTRAINT "record_head_sequence_check" CHECK ("sequence" '
                'BETWEEN -9007199254740991 AND 9007199254740991),\n'
                '  "head" text COLLATE "C" NOT NULL,\n'
                '  "version" bigint NOT NULL CONSTRAINT "record_head_version_check" CHECK ("version" '
                'BETWEEN -9007199254740991 AND 9007199254740991),\n'
                '  PRIMARY KEY ("tenant_id", "id")\n'
                ')',
                'CREATE TABLE "record_personal" (\n'
                '  "tenant_id" bigint NOT NULL CONSTRAINT "record_personal_tenant_id_check" CHECK '
                '("tenant_id" BETWEEN 0 AND 9007199254740991),\n'
                '  "id" uuid NOT NULL,\n'
                '  "salt" bytea NOT NULL,\n'
                '  "personal" bytea NOT NULL,\n'
                '  "personal_index" bytea,\n'
                '  "personal_masked" text COLLATE "C",\n'
                '  PRIMARY KEY ("tenant_id", "id")\n'
                ')',
                'CREATE TABLE "courtyard_counts" (\n'
                '  "tenant_id" bigint NOT NULL CONSTRAINT "courtyard_counts_tenant_id_check" CHECK '
                '("tenant_id" BETWEEN 0 AND 9007199254740991),\n'
                '  "id" uuid NOT NULL,\n'
                '  "counter" text COLLATE "C" NOT NULL,\n'
                '  "district" bigint CONSTRAINT "courtyard_counts_district_check" CHECK ("district" '
                'BETWEEN -9007199254740991 AND 9007199254740991),\n'
                '  "subdistrict" bigint CONSTRAINT "courtyard_counts_subdistrict_check" CHECK '
                '("subdistrict" BETWEEN -9007199254740991 AND 9007199254740991),\n'
                '  "community" bigint CONSTRAINT "courtyard_counts_community_check" CHECK ("community" '
                'BETWEEN -9007199254740991 AND 9007199254740991),\n'
                '  "people" bigint NOT NULL CONSTRAINT "courtyard_counts_people_check" CHECK ("people" '
                'BETWEEN -9007199254740991 AND 9007199254740991),\n'
                '  "households" bigint NOT NULL CONSTRAINT "courtyard_counts_households_check" CHECK '
                '("households" BETWEEN -9007199254740991 AND 9007199254740991),\n'
                '  "dwellings" bigint NOT NULL CONSTRAINT "courtyard_counts_dwellings_check" CHECK '
                '("dwellings" BETWEEN -9007199254740991 AND 9007199254740991),\n'
                '  "area_c" bigint NOT NULL CONSTRAINT "courtyard_counts_area_c_check" CHECK ("area_c" '
                'BETWEEN -9007199254740991 AND 9007199254740991),\n'
                '  "organizations" bigint NOT NULL CONSTRAINT "courtyard_counts_organizations_check" '
                'CHECK ("organizations" BETWEEN -9007199254740991 AND 9007199254740991),\n'
                '  PRIMARY KEY ("tenant_id", "id")\n'
                ')',
                'CREATE TABLE "idempotency" (\n'
                '  "tenant_id" bigint NOT NULL CONSTRAINT "idempotency_tenant_id_check" CHECK '
                '("tenant_id" BETWEEN 0 AND 9007199254740991),\n'
                '  "id" uuid NOT NULL,\n'
                '  "actor" text COLLATE "C" NOT NULL,\n'
                '  "key" text COLLATE "C" NOT NULL,\n'
                '  "input_hash" text COLLATE "C" NOT NULL,\n'
                '  "record_id" text COLLATE "C" NOT NULL,\n'
                '  "taken_at" timestamptz NOT NULL,\n'
                '  PRIMARY KEY ("tenant_id", "id")\n'
                ')',
                'CREATE TABLE "import_batch" (\n'
                '  "tenant_id" bigint NOT NULL CONSTRAINT "import_batch_tenant_id_check" CHECK '
                '("tenant_id" BETWEEN 0 AND 9007199254740991),\n'
                '  "id" uuid NOT NULL,\n'
                '  "kind" text COLLATE "C" NOT NULL,\n'
                '  "file_name" text COLLATE "C" NOT NULL,\n'
                '  "file_sha256" text COLLATE "C" NOT NULL,\n'
                '  "imported_on" date NOT NULL,\n'
                '  "imported_at" timestamptz NOT NULL,\n'
                '  "imported_by" text COLLATE "C" NOT NULL,\n'
                '  "record_count" integer NOT NULL,\n'
                '  "counts" text COLLATE "C" NOT NULL,\n'
                '  PRIMARY KEY ("tenant_id", "id")\n'
                ')',
                'CREATE TABLE "read_log" (\n'
                '  "tenant_id" bigint NOT NULL CONSTRAINT "read_log_tenant_id_check" CHECK ("tenant_id" '
                'BETWEEN 0 AND 9007199254740991),\n'
                '  "id" uuid NOT NULL,\n'
                '  "actor" text COLLATE "C" NOT NULL,\n'
                '  "purpose" text COLLATE "C" NOT NULL,\n'
                '  "row_type" text COLLATE "C" NOT NULL,\n'
                '  "field" text COLLATE "C" NOT NULL,\n'
                '  "row_ids" text COLLATE "C" NOT NULL,\n'
                '  "row_count" integer NOT NULL,\n'
                '  "read_at" timestamptz NOT NULL,\n'
                '  PRIMARY KEY ("tenant_id", "id")\n'
                ')',
                'CREATE TABLE "account" (\n'
                '  "id" uuid NOT NULL,\n'
                '  "login" text COLLATE "C" NOT NULL,\n'
                '  "name" text COLLATE "C" NOT NULL,\n'
                '  "kind" text COLLATE "C" NOT NULL CONSTRAINT "account_kind_check" CHECK ("kind" IN '
                "('PERSON', 'SERVICE')),\n"
                '  "status" text COLLATE "C" NOT NULL CONSTRAINT "account_status_check" CHECK ("status" '
                "IN ('ACTIVE', 'DISABLED')),\n"
                '  "created_at" timestamptz NOT NULL,\n'
                '  PRIMARY KEY ("id")\n'
                ')',
                'CREATE TABLE "account_person" (\n'
                '  "id" uuid NOT NULL,\n'
                '  "account_id" text COLLATE "C" NOT NULL,\n'
                '  "tenant" bigint NOT NULL CONSTRAINT "account_person_tenant_check" CHECK ("tenant" '
                'BETWEEN -9007199254740991 AND 9007199254740991),\n'
                '  "person_id" text COLLATE "C" NOT NULL,\n'
                '  PRIMARY KEY ("id")\n'
                ')',
                'CREATE TABLE "api_token" (\n'
                '  "id" uuid NOT NULL,\n'
                '  "account_id" text COLLATE "C" NOT NULL,\n'
                '  "hash" text COLLATE "C" NOT NULL,\n'
                '  "prefix" text COLLATE "C" NOT NULL,\n'
                '  "label" text COLLATE "C" NOT NULL,\n'
                '  "scope" text COLLATE "C" NOT NULL CONSTRAINT "api_token_scope_check" CHECK ("scope" '
                "IN ('READ', 'WRITE')),\n"
                '  "node" bigint CONSTRAINT "api_token_node_check" CHECK ("node" BETWEEN '
                '-9007199254740991 AND 9007199254740991),\n'
                '  "created_at" timestamptz NOT NULL,\n'
                '  "expires_at" timestamptz NOT NULL,\n'
                '  "revoked_at" timestamptz,\n'
                '  PRIMARY KEY ("id")\n'
                ')',
                'CREATE TABLE "role_grant" (\n'
                '  "id" uuid NOT NULL,\n'
                '  "account_id" text COLLATE "C" NOT NULL,\n'
                '  "role" text COLLATE "C" NOT NULL,\n'
                '  "node" bigint NOT NULL CONSTRAINT "role_grant_node_check" CHECK ("node" BETWEEN '
                '-9007199254740991 AND 9007199254740991),\n'
                '  "started_on" date NOT NULL,\n'
                '  "ended_on" date,\n'
                '  "granted_by" text COLLATE "C" NOT NULL,\n'
                '  "revoked_at" timestamptz,\n'
                '  PRIMARY KEY ("id")\n'
                ')',
                'CREATE TABLE "identity" (\n'
                '  "id" uuid NOT NULL,\n'
                '  "blind_index" text COLLATE "C" NOT NULL,\n'
                '  "created_at" timestamptz NOT NULL,\n'
                '  PRIMARY KEY ("id")\n'
                ')',
                'CREATE TABLE "identity_membership" (\n'
                '  "id" uuid NOT NULL,\n'
                '  "identity_id" text COLLATE "C" NOT NULL,\n'
                '  "kind" text COLLATE "C" NOT NULL,\n'
                '  "tenant" bigint NOT NULL CONSTRAINT "identity_membership_tenant_check" CHECK '
                '("tenant" BETWEEN -9007199254740991 AND 9007199254740991),\n'
                '  "subject_id" text COLLATE "C" NOT NULL,\n'
                '  "since" timestamptz NOT NULL,\n'
                '  PRIMARY KEY ("id")\n'
                ')',
                'CREATE TABLE "identity_attempt" (\n'
                '  "id" uuid NOT NULL,\n'
                '  "actor" text COLLATE "C" NOT NULL,\n'
                '  "tenant" bigint NOT NULL CONSTRAINT "identity_attempt_tenant_check" CHECK ("tenant" '
                'BETWEEN -9007199254740991 AND 9007199254740991),\n'
                '  "kind" text COLLATE "C" NOT NULL,\n'
                '  "refused" boolean NOT NULL,\n'
                '  "at" timestamptz NOT NULL,\n'
                '  PRIMARY KEY ("id")\n'
                ')',
                'ALTER TABLE "dwelling" ADD CONSTRAINT "dwelling_building_id_fkey" FOREIGN KEY '
                '("tenant_id", "building_id") REFERENCES "building" ("tenant_id", "id")',
                'ALTER TABLE "household" ADD CONSTRAINT "household_dwelling_id_fkey" FOREIGN KEY '
                '("tenant_id", "dwelling_id") REFERENCES "dwelling" ("tenant_id", "id")',
                'ALTER TABLE "household" ADD CONSTRAINT "household_head_id_fkey" FOREIGN KEY '
                '("tenant_id", "head_id") REFERENCES "person" ("tenant_id", "id")',
                'ALTER TABLE "organization" ADD CONSTRAINT "organization_parent_id_fkey" FOREIGN KEY '
                '("tenant_id", "parent_id") REFERENCES "organization" ("tenant_id", "id")',
                'ALTER TABLE "ownership" ADD CONSTRAINT "ownership_dwelling_id_fkey" FOREIGN KEY '
                '("tenant_id", "dwelling_id") REFERENCES "dwelling" ("tenant_id", "id")',
                'ALTER TABLE "ownership" ADD CONSTRAINT "ownership_person_id_fkey" FOREIGN KEY '
                '("tenant_id", "person_id") REFERENCES "person" ("tenant_id", "id")',
                'ALTER TABLE "ownership" ADD CONSTRAINT "ownership_organization_id_fkey" FOREIGN KEY '
                '("tenant_id", "organization_id") REFERENCES "organization" ("tenant_id", "id")',
                'ALTER TABLE "residency" ADD CONSTRAINT "residency_dwelling_id_fkey" FOREIGN KEY '
                '("tenant_id", "dwelling_id") REFERENCES "dwelling" ("tenant_id", "id")',
                'ALTER TABLE "residency" ADD CONSTRAINT "residency_person_id_fkey" FOREIGN KEY '
                '("tenant_id", "person_id") REFERENCES "person" ("tenant_id", "id")',
                'ALTER TABLE "residency" ADD CONSTRAINT "residency_household_id_fkey" FOREIGN KEY '
                '("tenant_id", "household_id") REFERENCES "household" ("tenant_id", "id")',
                'ALTER TABLE "seat" ADD CONSTRAINT "seat_organization_id_fkey" FOREIGN KEY '
                '("tenant_id", "organization_id") REFERENCES "organization" ("tenant_id", "id")',
                'ALTER TABLE "seat" ADD CONSTRAINT "seat_person_id_fkey" FOREIGN KEY ("tenant_id", '
                '"person_id") REFERENCES "person" ("tenant_id", "id")',
                'ALTER TABLE "record_personal" ADD CONSTRAINT "record_personal_id_fkey" FOREIGN KEY '
                '("tenant_id", "id") REFERENCES "record" ("tenant_id", "id")',
                'CREATE UNIQUE INDEX "courtyard_code_key" ON "courtyard" ("tenant_id", "code")',
                'CREATE INDEX "courtyard_community_index" ON "courtyard" ("tenant_id", "community")',
                'CREATE UNIQUE INDEX "person_id_number_index_key" ON "person" ("tenant_id", '
                '"id_number_index")',
                'CREATE INDEX "person_phone_index_index" ON "person" ("tenant_id", "phone_index")',
                'CREATE INDEX "person_phone_alt_index_index" ON "person" ("tenant_id", '
                '"phone_alt_index")',
                'CREATE INDEX "person_name_pinyin_name_index" ON "person" ("tenant_id", "name_pinyin", '
                '"name")',
                'CREATE INDEX "person_name_index" ON "person" ("tenant_id", "name")',
                'CREATE UNIQUE INDEX "building_building_no_key" ON "building" ("tenant_id", '
                '"building_no")',
                'CREATE UNIQUE INDEX "dwelling_room_key_key" ON "dwelling" ("tenant_id", "room_key")',
                'CREATE INDEX "dwelling_building_id_index" ON "dwelling" ("tenant_id", "building_id")',
                'CREATE INDEX "dwelling_building_no_stairwell_no_room_no_index" ON "dwelling" '
                '("tenant_id", "building_no", "stairwell_no", "room_no")',
                'CREATE INDEX "household_dwelling_id_index" ON "household" ("tenant_id", "dwelling_id")',
                'CREATE INDEX "household_head_id_index" ON "household" ("tenant_id", "head_id")',
                'CREATE INDEX "organization_parent_id_index" ON "organization" ("tenant_id", '
                '"parent_id")',
                'CREATE INDEX "organization_upper_id_index" ON "organization" ("tenant_id", "upper_id")',
                'CREATE INDEX "organization_kind_name_index" ON "organization" ("tenant_id", "kind", '
                '"name")',
                'CREATE INDEX "ownership_dwelling_id_index" ON "ownership" ("tenant_id", "dwelling_id")',
                'CREATE INDEX "ownership_person_id_index" ON "ownership" ("tenant_id", "person_id")',
                'CREATE INDEX "ownership_organization_id_index" ON "ownership" ("tenant_id", '
                '"organization_id")',
                'CREATE INDEX "residency_dwelling_id_index" ON "residency" ("tenant_id", "dwelling_id")',
                'CREATE INDEX "residency_person_id_index" ON "residency" ("tenant_id", "person_id")',
                'CREATE INDEX "residency_household_id_index" ON "residency" ("tenant_id", '
                '"household_id")',
                'CREATE INDEX "seat_organization_id_index" ON "seat" ("tenant_id", "organization_id")',
                'CREATE INDEX "seat_person_id_index" ON "seat" ("tenant_id", "person_id")',
                'CREATE UNIQUE INDEX "record_sequence_key" ON "record" ("tenant_id", "sequence")',
                'CREATE INDEX "record_kind_day_index" ON "record" ("tenant_id", "kind", "day")',
                'CREATE INDEX "record_subject_id_index" ON "record" ("tenant_id", "subject_id")',
                'CREATE UNIQUE INDEX "record_head_chain_key" ON "record_head" ("tenant_id", "chain")',
                'CREATE INDEX "record_personal_personal_index_index" ON "record_personal" ("tenant_id", '
                '"personal_index")',
                'CREATE UNIQUE INDEX "courtyard_counts_counter_key" ON "courtyard_counts" ("tenant_id", '
                '"counter")',
                'CREATE UNIQUE INDEX "idempotency_actor_key_key" ON "idempotency" ("tenant_id", '
                '"actor", "key")',
                'CREATE INDEX "idempotency_taken_at_index" ON "idempotency" ("tenant_id", "taken_at")',
                'CREATE UNIQUE INDEX "import_batch_kind_file_sha256_key" ON "import_batch" '
                '("tenant_id", "kind", "file_sha256")',
                'CREATE INDEX "read_log_read_at_index" ON "read_log" ("tenant_id", "read_at")',
                'CREATE UNIQUE INDEX "account_login_key" ON "account" ("login")',
                'CREATE UNIQUE INDEX "account_person_account_id_person_id_key" ON "account_person" '
                '("account_id", "person_id")',
                'CREATE INDEX "account_person_account_id_index" ON "account_person" ("account_id")',
                'CREATE UNIQUE INDEX "api_token_hash_key" ON "api_token" ("hash")',
                'CREATE INDEX "api_token_account_id_index" ON "api_token" ("account_id")',
                'CREATE INDEX "role_grant_account_id_index" ON "role_grant" ("account_id")',
                'CREATE INDEX "role_grant_node_index" ON "role_grant" ("node")',
                'CREATE UNIQUE INDEX "identity_blind_index_key" ON "identity" ("blind_index")',
                'CREATE UNIQUE INDEX "identity_membership_identity_id_kind_key" ON '
                '"identity_membership" ("identity_id", "kind")',
                'CREATE INDEX "identity_membership_tenant_index" ON "identity_membership" ("tenant")',
                'CREATE INDEX "identity_attempt_at_index" ON "identity_attempt" ("at")',
                'CREATE INDEX "identity_attempt_actor_at_index" ON "identity_attempt" ("actor", "at")']}

SNAPSHOT: list[dict[str, Any]] = [{'name': 'courtyard',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'code', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'name', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'name_pinyin', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'address', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'kind',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['OLD_COURTYARD',
                           'COMMERCIAL',
                           'UNIT_COMPOUND',
                           'RESETTLEMENT',
                           'RURAL_CONCENTRATED']},
              {'name': 'built_years', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'building_count', 'kind': 'INTEGER', 'null': False, 'choices': []},
              {'name': 'has_owners_assembly', 'kind': 'FLAG', 'null': False, 'choices': []},
              {'name': 'management_mode',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['SELF', 'PROPERTY_COMPANY', 'TRUST', 'COMMUNITY_BASIC']},
              {'name': 'community', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'subdistrict', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'district', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'grid', 'kind': 'LONG', 'null': True, 'choices': []},
              {'name': 'opened_on', 'kind': 'DAY', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'code']],
  'indexes': [['tenant_id', 'community']],
  'references': [],
  'append_only': False},
 {'name': 'person',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'name', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'name_pinyin', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'gender', 'kind': 'CHOICE', 'null': True, 'choices': ['M', 'F']},
              {'name': 'birth', 'kind': 'PARTIAL_DATE', 'null': True, 'choices': []},
              {'name': 'ethnicity', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'id_number', 'kind': 'SEALED', 'null': True, 'choices': []},
              {'name': 'phone', 'kind': 'SEALED', 'null': True, 'choices': []},
              {'name': 'phone_alt', 'kind': 'SEALED', 'null': True, 'choices': []},
              {'name': 'status',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['ACTIVE', 'MOVED_OUT', 'DECEASED']},
              {'name': 'id_number_index', 'kind': 'BLOB', 'null': True, 'choices': []},
              {'name': 'id_number_masked', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'phone_index', 'kind': 'BLOB', 'null': True, 'choices': []},
              {'name': 'phone_masked', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'phone_alt_index', 'kind': 'BLOB', 'null': True, 'choices': []},
              {'name': 'phone_alt_masked', 'kind': 'TEXT', 'null': True, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'id_number_index']],
  'indexes': [['tenant_id', 'phone_index'],
              ['tenant_id', 'phone_alt_index'],
              ['tenant_id', 'name_pinyin', 'name'],
              ['tenant_id', 'name']],
  'references': [],
  'append_only': False},
 {'name': 'building',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'building_no', 'kind': 'INTEGER', 'null': False, 'choices': []},
              {'name': 'name', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'stairwell_count', 'kind': 'INTEGER', 'null': False, 'choices': []},
              {'name': 'floor_count', 'kind': 'INTEGER', 'null': True, 'choices': []},
              {'name': 'built_year', 'kind': 'INTEGER', 'null': True, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'building_no']],
  'indexes': [],
  'references': [],
  'append_only': False},
 {'name': 'dwelling',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'building_id', 'kind': 'REF', 'null': False, 'choices': []},
              {'name': 'building_no', 'kind': 'INTEGER', 'null': False, 'choices': []},
              {'name': 'stairwell_no', 'kind': 'INTEGER', 'null': False, 'choices': []},
              {'name': 'room_no', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'room_key', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'area_c', 'kind': 'AREA', 'null': False, 'choices': []},
              {'name': 'area_basis',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['REGISTERED', 'SURVEYED', 'CONTRACT']},
              {'name': 'use',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['RESIDENTIAL', 'COMMERCIAL', 'PARKING']},
              {'name': 'delivered', 'kind': 'FLAG', 'null': False, 'choices': []},
              {'name': 'occupancy',
               'kind': 'CHOICE',
               'null': True,
               'choices': ['OWNER_OCCUPIED', 'RENTED', 'VACANT']}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'room_key']],
  'indexes': [['tenant_id', 'building_id'], ['tenant_id', 'building_no', 'stairwell_no', 'room_no']],
  'references': [['building_id', 'building']],
  'append_only': False},
 {'name': 'household',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'dwelling_id', 'kind': 'REF', 'null': False, 'choices': []},
              {'name': 'head_id', 'kind': 'REF', 'null': True, 'choices': []},
              {'name': 'started_on', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'ended_on', 'kind': 'DAY', 'null': True, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [],
  'indexes': [['tenant_id', 'dwelling_id'], ['tenant_id', 'head_id']],
  'references': [['dwelling_id', 'dwelling'], ['head_id', 'person']],
  'append_only': False},
 {'name': 'organization',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'kind', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'name', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'parent_id', 'kind': 'REF', 'null': True, 'choices': []},
              {'name': 'upper_id', 'kind': 'UPWARD', 'null': True, 'choices': []},
              {'name': 'established_on', 'kind': 'PARTIAL_DATE', 'null': True, 'choices': []},
              {'name': 'dissolved_on', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'status',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['PREPARING', 'ACTIVE', 'OVERDUE', 'DISSOLVED']}],
  'key': ['tenant_id', 'id'],
  'unique': [],
  'indexes': [['tenant_id', 'parent_id'], ['tenant_id', 'upper_id'], ['tenant_id', 'kind', 'name']],
  'references': [['parent_id', 'organization']],
  'append_only': False},
 {'name': 'ownership',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'dwelling_id', 'kind': 'REF', 'null': False, 'choices': []},
              {'name': 'person_id', 'kind': 'REF', 'null': True, 'choices': []},
              {'name': 'organization_id', 'kind': 'REF', 'null': True, 'choices': []},
              {'name': 'numerator', 'kind': 'INTEGER', 'null': False, 'choices': []},
              {'name': 'denominator', 'kind': 'INTEGER', 'null': False, 'choices': []},
              {'name': 'occupancy',
               'kind': 'CHOICE',
               'null': True,
               'choices': ['OWNER_OCCUPIED', 'RENTED', 'VACANT']},
              {'name': 'started_on', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'ended_on', 'kind': 'DAY', 'null': True, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [],
  'indexes': [['tenant_id', 'dwelling_id'],
              ['tenant_id', 'person_id'],
              ['tenant_id', 'organization_id']],
  'references': [['dwelling_id', 'dwelling'],
                 ['person_id', 'person'],
                 ['organization_id', 'organization']],
  'append_only': False},
 {'name': 'residency',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'dwelling_id', 'kind': 'REF', 'null': False, 'choices': []},
              {'name': 'person_id', 'kind': 'REF', 'null': False, 'choices': []},
              {'name': 'household_id', 'kind': 'REF', 'null': True, 'choices': []},
              {'name': 'occupancy',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['OWNER_OCCUPIED', 'RENTED', 'VACANT']},
              {'name': 'relation',
               'kind': 'CHOICE',
               'null': True,
               'choices': ['HEAD', 'SPOUSE', 'CHILD', 'GRANDCHILD', 'PARENT', 'OTHER']},
              {'name': 'started_on', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'ended_on', 'kind': 'DAY', 'null': True, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [],
  'indexes': [['tenant_id', 'dwelling_id'], ['tenant_id', 'person_id'], ['tenant_id', 'household_id']],
  'references': [['dwelling_id', 'dwelling'], ['person_id', 'person'], ['household_id', 'household']],
  'append_only': False},
 {'name': 'seat',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'organization_id', 'kind': 'REF', 'null': False, 'choices': []},
              {'name': 'person_id', 'kind': 'REF', 'null': False, 'choices': []},
              {'name': 'role', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'title', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'started_on', 'kind': 'DAY', 'null': False, 'choices': []},
              {'name': 'term_end', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'ended_on', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'ended_by',
               'kind': 'CHOICE',
               'null': True,
               'choices': ['TERM', 'RESIGN', 'RECALL', 'DISQUALIFIED', 'OTHER']}],
  'key': ['tenant_id', 'id'],
  'unique': [],
  'indexes': [['tenant_id', 'organization_id'], ['tenant_id', 'person_id']],
  'references': [['organization_id', 'organization'], ['person_id', 'person']],
  'append_only': False},
 {'name': 'record',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'sequence', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'kind', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'body', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'subject_type', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'subject_id', 'kind': 'CODE', 'null': True, 'choices': []},
              {'name': 'actor', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'on_behalf_of', 'kind': 'CODE', 'null': True, 'choices': []},
              {'name': 'day', 'kind': 'DAY', 'null': False, 'choices': []},
              {'name': 'filed_at', 'kind': 'MOMENT', 'null': False, 'choices': []},
              {'name': 'disclosure',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['D0', 'D1', 'D2', 'D3']},
              {'name': 'content', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'previous', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'hash', 'kind': 'CODE', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'sequence']],
  'indexes': [['tenant_id', 'kind', 'day'], ['tenant_id', 'subject_id']],
  'references': [],
  'append_only': True},
 {'name': 'record_head',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'chain', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'sequence', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'head', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'version', 'kind': 'LONG', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'chain']],
  'indexes': [],
  'references': [],
  'append_only': False},
 {'name': 'record_personal',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'salt', 'kind': 'BLOB', 'null': False, 'choices': []},
              {'name': 'personal', 'kind': 'SEALED', 'null': False, 'choices': []},
              {'name': 'personal_index', 'kind': 'BLOB', 'null': True, 'choices': []},
              {'name': 'personal_masked', 'kind': 'TEXT', 'null': True, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [],
  'indexes': [['tenant_id', 'personal_index']],
  'references': [['id', 'record']],
  'append_only': False},
 {'name': 'courtyard_counts',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'counter', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'district', 'kind': 'LONG', 'null': True, 'choices': []},
              {'name': 'subdistrict', 'kind': 'LONG', 'null': True, 'choices': []},
              {'name': 'community', 'kind': 'LONG', 'null': True, 'choices': []},
              {'name': 'people', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'households', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'dwellings', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'area_c', 'kind': 'AREA', 'null': False, 'choices': []},
              {'name': 'organizations', 'kind': 'LONG', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'counter']],
  'indexes': [],
  'references': [],
  'append_only': False},
 {'name': 'idempotency',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'actor', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'key', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'input_hash', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'record_id', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'taken_at', 'kind': 'MOMENT', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'actor', 'key']],
  'indexes': [['tenant_id', 'taken_at']],
  'references': [],
  'append_only': False},
 {'name': 'import_batch',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'kind', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'file_name', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'file_sha256', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'imported_on', 'kind': 'DAY', 'null': False, 'choices': []},
              {'name': 'imported_at', 'kind': 'MOMENT', 'null': False, 'choices': []},
              {'name': 'imported_by', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'record_count', 'kind': 'INTEGER', 'null': False, 'choices': []},
              {'name': 'counts', 'kind': 'TEXT', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'kind', 'file_sha256']],
  'indexes': [],
  'references': [],
  'append_only': False},
 {'name': 'read_log',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'actor', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'purpose', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'row_type', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'field', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'row_ids', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'row_count', 'kind': 'INTEGER', 'null': False, 'choices': []},
              {'name': 'read_at', 'kind': 'MOMENT', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [],
  'indexes': [['tenant_id', 'read_at']],
  'references': [],
  'append_only': True},
 {'name': 'account',
  'class': 'ACCOUNT',
  'columns': [{'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'login', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'name', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'kind', 'kind': 'CHOICE', 'null': False, 'choices': ['PERSON', 'SERVICE']},
              {'name': 'status', 'kind': 'CHOICE', 'null': False, 'choices': ['ACTIVE', 'DISABLED']},
              {'name': 'created_at', 'kind': 'MOMENT', 'null': False, 'choices': []}],
  'key': ['id'],
  'unique': [['login']],
  'indexes': [],
  'references': [],
  'append_only': False},
 {'name': 'account_person',
  'class': 'ACCOUNT',
  'columns': [{'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'account_id', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'tenant', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'person_id', 'kind': 'CODE', 'null': False, 'choices': []}],
  'key': ['id'],
  'unique': [['account_id', 'person_id']],
  'indexes': [['account_id']],
  'references': [],
  'append_only': False},
 {'name': 'api_token',
  'class': 'ACCOUNT',
  'columns': [{'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'account_id', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'hash', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'prefix', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'label', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'scope', 'kind': 'CHOICE', 'null': False, 'choices': ['READ', 'WRITE']},
              {'name': 'node', 'kind': 'LONG', 'null': True, 'choices': []},
              {'name': 'created_at', 'kind': 'MOMENT', 'null': False, 'choices': []},
              {'name': 'expires_at', 'kind': 'MOMENT', 'null': False, 'choices': []},
              {'name': 'revoked_at', 'kind': 'MOMENT', 'null': True, 'choices': []}],
  'key': ['id'],
  'unique': [['hash']],
  'indexes': [['account_id']],
  'references': [],
  'append_only': False},
 {'name': 'role_grant',
  'class': 'ACCOUNT',
  'columns': [{'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'account_id', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'role', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'node', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'started_on', 'kind': 'DAY', 'null': False, 'choices': []},
              {'name': 'ended_on', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'granted_by', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'revoked_at', 'kind': 'MOMENT', 'null': True, 'choices': []}],
  'key': ['id'],
  'unique': [],
  'indexes': [['account_id'], ['node']],
  'references': [],
  'append_only': False},
 {'name': 'identity',
  'class': 'ACCOUNT',
  'columns': [{'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'blind_index', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'created_at', 'kind': 'MOMENT', 'null': False, 'choices': []}],
  'key': ['id'],
  'unique': [['blind_index']],
  'indexes': [],
  'references': [],
  'append_only': False},
 {'name': 'identity_membership',
  'class': 'ACCOUNT',
  'columns': [{'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'identity_id', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'kind', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'tenant', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'subject_id', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'since', 'kind': 'MOMENT', 'null': False, 'choices': []}],
  'key': ['id'],
  'unique': [['identity_id', 'kind']],
  'indexes': [['tenant']],
  'references': [],
  'append_only': False},
 {'name': 'identity_attempt',
  'class': 'ACCOUNT',
  'columns': [{'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'actor', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'tenant', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'kind', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'refused', 'kind': 'FLAG', 'null': False, 'choices': []},
              {'name': 'at', 'kind': 'MOMENT', 'null': False, 'choices': []}],
  'key': ['id'],
  'unique': [],
  'indexes': [['at'], ['actor', 'at']],
  'references': [],
  'append_only': False}]
# fmt: on


def statements(dialect: str) -> list[str]:
    """Return what runs on `dialect`."""
    return STATEMENTS[dialect]
