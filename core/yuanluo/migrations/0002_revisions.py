"""core: revisions. Frozen by `yuanluo makemigration`; do not change it once applied."""

from __future__ import annotations

from typing import Any

# fmt: off
STATEMENTS: dict[str, list[str]] = {'sqlite': ['CREATE TABLE "yuanluo_new_courtyard" (\n'
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
            '  "revision" INTEGER NOT NULL CONSTRAINT "courtyard_revision_check" CHECK '
            '(typeof("revision") = \'integer\' AND "revision" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id")\n'
            ')',
            'INSERT INTO "yuanluo_new_courtyard" ("tenant_id", "id", "code", "name", "name_pinyin", '
            '"address", "kind", "built_years", "building_count", "has_owners_assembly", '
            '"management_mode", "community", "subdistrict", "district", "grid", "opened_on", '
            '"revision") SELECT "tenant_id", "id", "code", "name", "name_pinyin", "address", "kind", '
            '"built_years", "building_count", "has_owners_assembly", "management_mode", "community", '
            '"subdistrict", "district", "grid", "opened_on", 0 FROM "courtyard"',
            'DROP TABLE "courtyard"',
            'ALTER TABLE "yuanluo_new_courtyard" RENAME TO "courtyard"',
            'CREATE UNIQUE INDEX "courtyard_code_key" ON "courtyard" ("tenant_id", "code")',
            'CREATE INDEX "courtyard_community_index" ON "courtyard" ("tenant_id", "community")',
            'CREATE TABLE "yuanluo_new_person" (\n'
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
            '  "revision" INTEGER NOT NULL CONSTRAINT "person_revision_check" CHECK (typeof("revision") '
            '= \'integer\' AND "revision" BETWEEN -9007199254740991 AND 9007199254740991),\n'
            '  "id_number_index" BLOB,\n'
            '  "id_number_masked" TEXT,\n'
            '  "phone_index" BLOB,\n'
            '  "phone_masked" TEXT,\n'
            '  "phone_alt_index" BLOB,\n'
            '  "phone_alt_masked" TEXT,\n'
            '  PRIMARY KEY ("tenant_id", "id")\n'
            ')',
            'INSERT INTO "yuanluo_new_person" ("tenant_id", "id", "name", "name_pinyin", "gender", '
            '"birth", "ethnicity", "id_number", "phone", "phone_alt", "status", "revision", '
            '"id_number_index", "id_number_masked", "phone_index", "phone_masked", "phone_alt_index", '
            '"phone_alt_masked") SELECT "tenant_id", "id", "name", "name_pinyin", "gender", "birth", '
            '"ethnicity", "id_number", "phone", "phone_alt", "status", 0, "id_number_index", '
            '"id_number_masked", "phone_index", "phone_masked", "phone_alt_index", "phone_alt_masked" '
            'FROM "person"',
            'DROP TABLE "person"',
            'ALTER TABLE "yuanluo_new_person" RENAME TO "person"',
            'CREATE UNIQUE INDEX "person_id_number_index_key" ON "person" ("tenant_id", '
            '"id_number_index")',
            'CREATE INDEX "person_phone_index_index" ON "person" ("tenant_id", "phone_index")',
            'CREATE INDEX "person_phone_alt_index_index" ON "person" ("tenant_id", "phone_alt_index")',
            'CREATE INDEX "person_name_pinyin_name_index" ON "person" ("tenant_id", "name_pinyin", '
            '"name")',
            'CREATE INDEX "person_name_index" ON "person" ("tenant_id", "name")',
            'CREATE TABLE "yuanluo_new_building" (\n'
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
            '  "revision" INTEGER NOT NULL CONSTRAINT "building_revision_check" CHECK '
            '(typeof("revision") = \'integer\' AND "revision" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id")\n'
            ')',
            'INSERT INTO "yuanluo_new_building" ("tenant_id", "id", "building_no", "name", '
            '"stairwell_count", "floor_count", "built_year", "revision") SELECT "tenant_id", "id", '
            '"building_no", "name", "stairwell_count", "floor_count", "built_year", 0 FROM "building"',
            'DROP TABLE "building"',
            'ALTER TABLE "yuanluo_new_building" RENAME TO "building"',
            'CREATE UNIQUE INDEX "building_building_no_key" ON "building" ("tenant_id", "building_no")',
            'CREATE TABLE "yuanluo_new_dwelling" (\n'
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
            '  "revision" INTEGER NOT NULL CONSTRAINT "dwelling_revision_check" CHECK '
            '(typeof("revision") = \'integer\' AND "revision" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "building_id") REFERENCES "building" ("tenant_id", "id")\n'
            ')',
            'INSERT INTO "yuanluo_new_dwelling" ("tenant_id", "id", "building_id", "building_no", '
            '"stairwell_no", "room_no", "room_key", "area_c", "area_basis", "use", "delivered", '
            '"occupancy", "revision") SELECT "tenant_id", "id", "building_id", "building_no", '
            '"stairwell_no", "room_no", "room_key", "area_c", "area_basis", "use", "delivered", '
            '"occupancy", 0 FROM "dwelling"',
            'DROP TABLE "dwelling"',
            'ALTER TABLE "yuanluo_new_dwelling" RENAME TO "dwelling"',
            'CREATE UNIQUE INDEX "dwelling_room_key_key" ON "dwelling" ("tenant_id", "room_key")',
            'CREATE INDEX "dwelling_building_id_index" ON "dwelling" ("tenant_id", "building_id")',
            'CREATE INDEX "dwelling_building_no_stairwell_no_room_no_index" ON "dwelling" ("tenant_id", '
            '"building_no", "stairwell_no", "room_no")',
            'CREATE TABLE "yuanluo_new_household" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "household_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "dwelling_id" UUID_TEXT NOT NULL,\n'
            '  "head_id" UUID_TEXT,\n'
            '  "started_on" DAY_TEXT CONSTRAINT "household_started_on_check" CHECK ("started_on" IS '
            'NULL OR "started_on" IS date("started_on")),\n'
            '  "ended_on" DAY_TEXT CONSTRAINT "household_ended_on_check" CHECK ("ended_on" IS NULL OR '
            '"ended_on" IS date("ended_on")),\n'
            '  "revision" INTEGER NOT NULL CONSTRAINT "household_revision_check" CHECK '
            '(typeof("revision") = \'integer\' AND "revision" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "dwelling_id") REFERENCES "dwelling" ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "head_id") REFERENCES "person" ("tenant_id", "id")\n'
            ')',
            'INSERT INTO "yuanluo_new_household" ("tenant_id", "id", "dwelling_id", "head_id", '
            '"started_on", "ended_on", "revision") SELECT "tenant_id", "id", "dwelling_id", "head_id", '
            '"started_on", "ended_on", 0 FROM "household"',
            'DROP TABLE "household"',
            'ALTER TABLE "yuanluo_new_household" RENAME TO "household"',
            'CREATE INDEX "household_dwelling_id_index" ON "household" ("tenant_id", "dwelling_id")',
            'CREATE INDEX "household_head_id_index" ON "household" ("tenant_id", "head_id")',
            'CREATE TABLE "yuanluo_new_organization" (\n'
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
            '  "revision" INTEGER NOT NULL CONSTRAINT "organization_revision_check" CHECK '
            '(typeof("revision") = \'integer\' AND "revision" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "parent_id") REFERENCES "organization" ("tenant_id", "id")\n'
            ')',
            'INSERT INTO "yuanluo_new_organization" ("tenant_id", "id", "kind", "name", "parent_id", '
            '"upper_id", "established_on", "dissolved_on", "status", "revision") SELECT "tenant_id", '
            '"id", "kind", "name", "parent_id", "upper_id", "established_on", "dissolved_on", "status", '
            '0 FROM "organization"',
            'DROP TABLE "organization"',
            'ALTER TABLE "yuanluo_new_organization" RENAME TO "organization"',
            'CREATE INDEX "organization_parent_id_index" ON "organization" ("tenant_id", "parent_id")',
            'CREATE INDEX "organization_upper_id_index" ON "organization" ("tenant_id", "upper_id")',
            'CREATE INDEX "organization_kind_name_index" ON "organization" ("tenant_id", "kind", '
            '"name")',
            'CREATE TABLE "yuanluo_new_ownership" (\n'
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
            '  "revision" INTEGER NOT NULL CONSTRAINT "ownership_revision_check" CHECK '
            '(typeof("revision") = \'integer\' AND "revision" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "dwelling_id") REFERENCES "dwelling" ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "person_id") REFERENCES "person" ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "organization_id") REFERENCES "organization" ("tenant_id", '
            '"id")\n'
            ')',
            'INSERT INTO "yuanluo_new_ownership" ("tenant_id", "id", "dwelling_id", "person_id", '
            '"organization_id", "numerator", "denominator", "occupancy", "started_on", "ended_on", '
            '"revision") SELECT "tenant_id", "id", "dwelling_id", "person_id", "organization_id", '
            '"numerator", "denominator", "occupancy", "started_on", "ended_on", 0 FROM "ownership"',
            'DROP TABLE "ownership"',
            'ALTER TABLE "yuanluo_new_ownership" RENAME TO "ownership"',
            'CREATE INDEX "ownership_dwelling_id_index" ON "ownership" ("tenant_id", "dwelling_id")',
            'CREATE INDEX "ownership_person_id_index" ON "ownership" ("tenant_id", "person_id")',
            'CREATE INDEX "ownership_organization_id_index" ON "ownership" ("tenant_id", '
            '"organization_id")',
            'CREATE TABLE "yuanluo_new_residency" (\n'
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
            '  "revision" INTEGER NOT NULL CONSTRAINT "residency_revision_check" CHECK '
            '(typeof("revision") = \'integer\' AND "revision" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "dwelling_id") REFERENCES "dwelling" ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "person_id") REFERENCES "person" ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "household_id") REFERENCES "household" ("tenant_id", "id")\n'
            ')',
            'INSERT INTO "yuanluo_new_residency" ("tenant_id", "id", "dwelling_id", "person_id", '
            '"household_id", "occupancy", "relation", "started_on", "ended_on", "revision") SELECT '
            '"tenant_id", "id", "dwelling_id", "person_id", "household_id", "occupancy", "relation", '
            '"started_on", "ended_on", 0 FROM "residency"',
            'DROP TABLE "residency"',
            'ALTER TABLE "yuanluo_new_residency" RENAME TO "residency"',
            'CREATE INDEX "residency_dwelling_id_index" ON "residency" ("tenant_id", "dwelling_id")',
            'CREATE INDEX "residency_person_id_index" ON "residency" ("tenant_id", "person_id")',
            'CREATE INDEX "residency_household_id_index" ON "residency" ("tenant_id", "household_id")',
            'CREATE TABLE "yuanluo_new_seat" (\n'
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
            '  "revision" INTEGER NOT NULL CONSTRAINT "seat_revision_check" CHECK (typeof("revision") = '
            '\'integer\' AND "revision" BETWEEN -9007199254740991 AND 9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "organization_id") REFERENCES "organization" ("tenant_id", '
            '"id"),\n'
            '  FOREIGN KEY ("tenant_id", "person_id") REFERENCES "person" ("tenant_id", "id")\n'
            ')',
            'INSERT INTO "yuanluo_new_seat" ("tenant_id", "id", "organization_id", "person_id", "role", '
            '"title", "started_on", "term_end", "ended_on", "ended_by", "revision") SELECT "tenant_id", '
            '"id", "organization_id", "person_id", "role", "title", "started_on", "term_end", '
            '"ended_on", "ended_by", 0 FROM "seat"',
            'DROP TABLE "seat"',
            'ALTER TABLE "yuanluo_new_seat" RENAME TO "seat"',
            'CREATE INDEX "seat_organization_id_index" ON "seat" ("tenant_id", "organization_id")',
            'CREATE INDEX "seat_person_id_index" ON "seat" ("tenant_id", "person_id")',
            'CREATE TABLE "yuanluo_new_import_batch" (\n'
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
            '  "revision" INTEGER NOT NULL CONSTRAINT "import_batch_revision_check" CHECK '
            '(typeof("revision") = \'integer\' AND "revision" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id")\n'
            ')',
            'INSERT INTO "yuanluo_new_import_batch" ("tenant_id", "id", "kind", "file_name", '
            '"file_sha256", "imported_on", "imported_at", "imported_by", "record_count", "counts", '
            '"revision") SELECT "tenant_id", "id", "kind", "file_name", "file_sha256", "imported_on", '
            '"imported_at", "imported_by", "record_count", "counts", 0 FROM "import_batch"',
            'DROP TABLE "import_batch"',
            'ALTER TABLE "yuanluo_new_import_batch" RENAME TO "import_batch"',
            'CREATE UNIQUE INDEX "import_batch_kind_file_sha256_key" ON "import_batch" ("tenant_id", '
            '"kind", "file_sha256")'],
 'postgresql': ['ALTER TABLE "courtyard" ADD COLUMN "revision" bigint NOT NULL DEFAULT 0 CONSTRAINT '
                '"courtyard_revision_check" CHECK ("revision" BETWEEN -9007199254740991 AND '
                '9007199254740991)',
                'ALTER TABLE "courtyard" ALTER COLUMN "revision" DROP DEFAULT',
                'ALTER TABLE "person" ADD COLUMN "revision" bigint NOT NULL DEFAULT 0 CONSTRAINT '
                '"person_revision_check" CHECK ("revision" BETWEEN -9007199254740991 AND '
                '9007199254740991)',
                'ALTER TABLE "person" ALTER COLUMN "revision" DROP DEFAULT',
                'ALTER TABLE "building" ADD COLUMN "revision" bigint NOT NULL DEFAULT 0 CONSTRAINT '
                '"building_revision_check" CHECK ("revision" BETWEEN -9007199254740991 AND '
                '9007199254740991)',
                'ALTER TABLE "building" ALTER COLUMN "revision" DROP DEFAULT',
                'ALTER TABLE "dwelling" ADD COLUMN "revision" bigint NOT NULL DEFAULT 0 CONSTRAINT '
                '"dwelling_revision_check" CHECK ("revision" BETWEEN -9007199254740991 AND '
                '9007199254740991)',
                'ALTER TABLE "dwelling" ALTER COLUMN "revision" DROP DEFAULT',
                'ALTER TABLE "household" ADD COLUMN "revision" bigint NOT NULL DEFAULT 0 CONSTRAINT '
                '"household_revision_check" CHECK ("revision" BETWEEN -9007199254740991 AND '
                '9007199254740991)',
                'ALTER TABLE "household" ALTER COLUMN "revision" DROP DEFAULT',
                'ALTER TABLE "organization" ADD COLUMN "revision" bigint NOT NULL DEFAULT 0 CONSTRAINT '
                '"organization_revision_check" CHECK ("revision" BETWEEN -9007199254740991 AND '
                '9007199254740991)',
                'ALTER TABLE "organization" ALTER COLUMN "revision" DROP DEFAULT',
                'ALTER TABLE "ownership" ADD COLUMN "revision" bigint NOT NULL DEFAULT 0 CONSTRAINT '
                '"ownership_revision_check" CHECK ("revision" BETWEEN -9007199254740991 AND '
                '9007199254740991)',
                'ALTER TABLE "ownership" ALTER COLUMN "revision" DROP DEFAULT',
                'ALTER TABLE "residency" ADD COLUMN "revision" bigint NOT NULL DEFAULT 0 CONSTRAINT '
                '"residency_revision_check" CHECK ("revision" BETWEEN -9007199254740991 AND '
                '9007199254740991)',
                'ALTER TABLE "residency" ALTER COLUMN "revision" DROP DEFAULT',
                'ALTER TABLE "seat" ADD COLUMN "revision" bigint NOT NULL DEFAULT 0 CONSTRAINT '
                '"seat_revision_check" CHECK ("revision" BETWEEN -9007199254740991 AND '
                '9007199254740991)',
                'ALTER TABLE "seat" ALTER COLUMN "revision" DROP DEFAULT',
                'ALTER TABLE "import_batch" ADD COLUMN "revision" bigint NOT NULL DEFAULT 0 CONSTRAINT '
                '"import_batch_revision_check" CHECK ("revision" BETWEEN -9007199254740991 AND '
                '9007199254740991)',
                'ALTER TABLE "import_batch" ALTER COLUMN "revision" DROP DEFAULT']}

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
              {'name': 'opened_on', 'kind': 'DAY', 'null': False, 'choices': []},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
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
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []},
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
              {'name': 'built_year', 'kind': 'INTEGER', 'null': True, 'choices': []},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
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
               'choices': ['OWNER_OCCUPIED', 'RENTED', 'VACANT']},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
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
              {'name': 'ended_on', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
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
               'choices': ['PREPARING', 'ACTIVE', 'OVERDUE', 'DISSOLVED']},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
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
              {'name': 'ended_on', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
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
              {'name': 'ended_on', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
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
               'choices': ['TERM', 'RESIGN', 'RECALL', 'DISQUALIFIED', 'OTHER']},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
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
              {'name': 'counts', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
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
