"""core: webhooks. Frozen by `yuanluo makemigration`; do not change it once applied."""

from __future__ import annotations

from typing import Any

# fmt: off
STATEMENTS: dict[str, list[str]] = {'sqlite': ['CREATE TABLE "webhook_endpoint" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "webhook_endpoint_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "url" TEXT NOT NULL,\n'
            '  "kinds" TEXT NOT NULL,\n'
            '  "role" TEXT NOT NULL,\n'
            '  "with_payload" FLAG_INTEGER NOT NULL CONSTRAINT "webhook_endpoint_with_payload_check" '
            'CHECK ("with_payload" IN (0, 1)),\n'
            '  "secret" BLOB NOT NULL,\n'
            '  "old_secret" BLOB,\n'
            '  "old_until" MOMENT_TEXT CONSTRAINT "webhook_endpoint_old_until_check" CHECK ("old_until" '
            "GLOB '????-??-??T??:??:??.??????Z'),\n"
            '  "state" TEXT NOT NULL CONSTRAINT "webhook_endpoint_state_check" CHECK ("state" IN '
            "('ACTIVE', 'PAUSED', 'DISABLED')),\n"
            '  "reason" TEXT,\n'
            '  "description" TEXT NOT NULL,\n'
            '  "created_by" TEXT NOT NULL,\n'
            '  "created_at" MOMENT_TEXT NOT NULL CONSTRAINT "webhook_endpoint_created_at_check" CHECK '
            '("created_at" GLOB \'????-??-??T??:??:??.??????Z\'),\n'
            '  "secret_index" BLOB,\n'
            '  "secret_masked" TEXT,\n'
            '  "old_secret_index" BLOB,\n'
            '  "old_secret_masked" TEXT,\n'
            '  PRIMARY KEY ("tenant_id", "id")\n'
            ')',
            'CREATE TABLE "webhook_progress" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "webhook_progress_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "endpoint_id" UUID_TEXT NOT NULL,\n'
            '  "sequence" INTEGER NOT NULL CONSTRAINT "webhook_progress_sequence_check" CHECK '
            '(typeof("sequence") = \'integer\' AND "sequence" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "state" TEXT NOT NULL CONSTRAINT "webhook_progress_state_check" CHECK ("state" IN '
            "('ACTIVE', 'SUSPENDED')),\n"
            '  "attempts" INTEGER NOT NULL CONSTRAINT "webhook_progress_attempts_check" CHECK '
            '(typeof("attempts") = \'integer\' AND "attempts" BETWEEN -2147483648 AND 2147483647),\n'
            '  "failing_since" MOMENT_TEXT CONSTRAINT "webhook_progress_failing_since_check" CHECK '
            '("failing_since" GLOB \'????-??-??T??:??:??.??????Z\'),\n'
            '  "next_attempt_at" MOMENT_TEXT CONSTRAINT "webhook_progress_next_attempt_at_check" CHECK '
            '("next_attempt_at" GLOB \'????-??-??T??:??:??.??????Z\'),\n'
            '  "leased_by" TEXT,\n'
            '  "leased_until" MOMENT_TEXT CONSTRAINT "webhook_progress_leased_until_check" CHECK '
            '("leased_until" GLOB \'????-??-??T??:??:??.??????Z\'),\n'
            '  PRIMARY KEY ("tenant_id", "id")\n'
            ')',
            'CREATE TABLE "webhook_delivery" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "webhook_delivery_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "endpoint_id" UUID_TEXT NOT NULL,\n'
            '  "sequence" INTEGER NOT NULL CONSTRAINT "webhook_delivery_sequence_check" CHECK '
            '(typeof("sequence") = \'integer\' AND "sequence" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "attempt" INTEGER NOT NULL CONSTRAINT "webhook_delivery_attempt_check" CHECK '
            '(typeof("attempt") = \'integer\' AND "attempt" BETWEEN -2147483648 AND 2147483647),\n'
            '  "at" MOMENT_TEXT NOT NULL CONSTRAINT "webhook_delivery_at_check" CHECK ("at" GLOB '
            "'????-??-??T??:??:??.??????Z'),\n"
            '  "delivered" FLAG_INTEGER NOT NULL CONSTRAINT "webhook_delivery_delivered_check" CHECK '
            '("delivered" IN (0, 1)),\n'
            '  "status" INTEGER CONSTRAINT "webhook_delivery_status_check" CHECK ("status" IS NULL OR '
            '(typeof("status") = \'integer\' AND "status" BETWEEN -2147483648 AND 2147483647)),\n'
            '  "milliseconds" INTEGER NOT NULL CONSTRAINT "webhook_delivery_milliseconds_check" CHECK '
            '(typeof("milliseconds") = \'integer\' AND "milliseconds" BETWEEN -2147483648 AND '
            '2147483647),\n'
            '  "error" TEXT,\n'
            '  "next_attempt_at" MOMENT_TEXT CONSTRAINT "webhook_delivery_next_attempt_at_check" CHECK '
            '("next_attempt_at" GLOB \'????-??-??T??:??:??.??????Z\'),\n'
            '  PRIMARY KEY ("tenant_id", "id")\n'
            ')',
            'CREATE INDEX "webhook_endpoint_secret_index_index" ON "webhook_endpoint" ("tenant_id", '
            '"secret_index")',
            'CREATE INDEX "webhook_endpoint_old_secret_index_index" ON "webhook_endpoint" ("tenant_id", '
            '"old_secret_index")',
            'CREATE UNIQUE INDEX "webhook_progress_endpoint_id_key" ON "webhook_progress" ("tenant_id", '
            '"endpoint_id")',
            'CREATE INDEX "webhook_delivery_endpoint_id_index" ON "webhook_delivery" ("tenant_id", '
            '"endpoint_id")',
            'CREATE INDEX "webhook_delivery_endpoint_id_at_index" ON "webhook_delivery" ("tenant_id", '
            '"endpoint_id", "at")',
            'CREATE INDEX "webhook_delivery_at_index" ON "webhook_delivery" ("tenant_id", "at")'],
 'postgresql': ['CREATE TABLE "webhook_endpoint" (\n'
                '  "tenant_id" bigint NOT NULL CONSTRAINT "webhook_endpoint_tenant_id_check" CHECK '
                '("tenant_id" BETWEEN 0 AND 9007199254740991),\n'
                '  "id" uuid NOT NULL,\n'
                '  "url" text COLLATE "C" NOT NULL,\n'
                '  "kinds" text COLLATE "C" NOT NULL,\n'
                '  "role" text COLLATE "C" NOT NULL,\n'
                '  "with_payload" boolean NOT NULL,\n'
                '  "secret" bytea NOT NULL,\n'
                '  "old_secret" bytea,\n'
                '  "old_until" timestamptz,\n'
                '  "state" text COLLATE "C" NOT NULL CONSTRAINT "webhook_endpoint_state_check" CHECK '
                '("state" IN (\'ACTIVE\', \'PAUSED\', \'DISABLED\')),\n'
                '  "reason" text COLLATE "C",\n'
                '  "description" text COLLATE "C" NOT NULL,\n'
                '  "created_by" text COLLATE "C" NOT NULL,\n'
                '  "created_at" timestamptz NOT NULL,\n'
                '  "secret_index" bytea,\n'
                '  "secret_masked" text COLLATE "C",\n'
                '  "old_secret_index" bytea,\n'
                '  "old_secret_masked" text COLLATE "C",\n'
                '  PRIMARY KEY ("tenant_id", "id")\n'
                ')',
                'CREATE TABLE "webhook_progress" (\n'
                '  "tenant_id" bigint NOT NULL CONSTRAINT "webhook_progress_tenant_id_check" CHECK '
                '("tenant_id" BETWEEN 0 AND 9007199254740991),\n'
                '  "id" uuid NOT NULL,\n'
                '  "endpoint_id" uuid NOT NULL,\n'
                '  "sequence" bigint NOT NULL CONSTRAINT "webhook_progress_sequence_check" CHECK '
                '("sequence" BETWEEN -9007199254740991 AND 9007199254740991),\n'
                '  "state" text COLLATE "C" NOT NULL CONSTRAINT "webhook_progress_state_check" CHECK '
                '("state" IN (\'ACTIVE\', \'SUSPENDED\')),\n'
                '  "attempts" integer NOT NULL,\n'
                '  "failing_since" timestamptz,\n'
                '  "next_attempt_at" timestamptz,\n'
                '  "leased_by" text COLLATE "C",\n'
                '  "leased_until" timestamptz,\n'
                '  PRIMARY KEY ("tenant_id", "id")\n'
                ')',
                'CREATE TABLE "webhook_delivery" (\n'
                '  "tenant_id" bigint NOT NULL CONSTRAINT "webhook_delivery_tenant_id_check" CHECK '
                '("tenant_id" BETWEEN 0 AND 9007199254740991),\n'
                '  "id" uuid NOT NULL,\n'
                '  "endpoint_id" uuid NOT NULL,\n'
                '  "sequence" bigint NOT NULL CONSTRAINT "webhook_delivery_sequence_check" CHECK '
                '("sequence" BETWEEN -9007199254740991 AND 9007199254740991),\n'
                '  "attempt" integer NOT NULL,\n'
                '  "at" timestamptz NOT NULL,\n'
                '  "delivered" boolean NOT NULL,\n'
                '  "status" integer,\n'
                '  "milliseconds" integer NOT NULL,\n'
                '  "error" text COLLATE "C",\n'
                '  "next_attempt_at" timestamptz,\n'
                '  PRIMARY KEY ("tenant_id", "id")\n'
                ')',
                'CREATE INDEX "webhook_endpoint_secret_index_index" ON "webhook_endpoint" ("tenant_id", '
                '"secret_index")',
                'CREATE INDEX "webhook_endpoint_old_secret_index_index" ON "webhook_endpoint" '
                '("tenant_id", "old_secret_index")',
                'CREATE UNIQUE INDEX "webhook_progress_endpoint_id_key" ON "webhook_progress" '
                '("tenant_id", "endpoint_id")',
                'CREATE INDEX "webhook_delivery_endpoint_id_index" ON "webhook_delivery" ("tenant_id", '
                '"endpoint_id")',
                'CREATE INDEX "webhook_delivery_endpoint_id_at_index" ON "webhook_delivery" '
                '("tenant_id", "endpoint_id", "at")',
                'CREATE INDEX "webhook_delivery_at_index" ON "webhook_delivery" ("tenant_id", "at")']}

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
              {'name': 'revoked_at', 'kind': 'MOMENT', 'null': True, 'choices': []},
              {'name': 'trusted_only', 'kind': 'FLAG', 'null': False, 'choices': []}],
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
  'append_only': False},
 {'name': 'blocked_operation',
  'class': 'ACCOUNT',
  'columns': [{'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'hash', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'reason', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'blocked_at', 'kind': 'MOMENT', 'null': False, 'choices': []}],
  'key': ['id'],
  'unique': [['hash']],
  'indexes': [],
  'references': [],
  'append_only': False},
 {'name': 'webhook_endpoint',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'url', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'kinds', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'role', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'with_payload', 'kind': 'FLAG', 'null': False, 'choices': []},
              {'name': 'secret', 'kind': 'SEALED', 'null': False, 'choices': []},
              {'name': 'old_secret', 'kind': 'SEALED', 'null': True, 'choices': []},
              {'name': 'old_until', 'kind': 'MOMENT', 'null': True, 'choices': []},
              {'name': 'state',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['ACTIVE', 'PAUSED', 'DISABLED']},
              {'name': 'reason', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'description', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'created_by', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'created_at', 'kind': 'MOMENT', 'null': False, 'choices': []},
              {'name': 'secret_index', 'kind': 'BLOB', 'null': True, 'choices': []},
              {'name': 'secret_masked', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'old_secret_index', 'kind': 'BLOB', 'null': True, 'choices': []},
              {'name': 'old_secret_masked', 'kind': 'TEXT', 'null': True, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [],
  'indexes': [['tenant_id', 'secret_index'], ['tenant_id', 'old_secret_index']],
  'references': [],
  'append_only': False},
 {'name': 'webhook_progress',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'endpoint_id', 'kind': 'UPWARD', 'null': False, 'choices': []},
              {'name': 'sequence', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'state', 'kind': 'CHOICE', 'null': False, 'choices': ['ACTIVE', 'SUSPENDED']},
              {'name': 'attempts', 'kind': 'INTEGER', 'null': False, 'choices': []},
              {'name': 'failing_since', 'kind': 'MOMENT', 'null': True, 'choices': []},
              {'name': 'next_attempt_at', 'kind': 'MOMENT', 'null': True, 'choices': []},
              {'name': 'leased_by', 'kind': 'CODE', 'null': True, 'choices': []},
              {'name': 'leased_until', 'kind': 'MOMENT', 'null': True, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'endpoint_id']],
  'indexes': [],
  'references': [],
  'append_only': False},
 {'name': 'webhook_delivery',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'endpoint_id', 'kind': 'UPWARD', 'null': False, 'choices': []},
              {'name': 'sequence', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'attempt', 'kind': 'INTEGER', 'null': False, 'choices': []},
              {'name': 'at', 'kind': 'MOMENT', 'null': False, 'choices': []},
              {'name': 'delivered', 'kind': 'FLAG', 'null': False, 'choices': []},
              {'name': 'status', 'kind': 'INTEGER', 'null': True, 'choices': []},
              {'name': 'milliseconds', 'kind': 'INTEGER', 'null': False, 'choices': []},
              {'name': 'error', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'next_attempt_at', 'kind': 'MOMENT', 'null': True, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [],
  'indexes': [['tenant_id', 'endpoint_id'], ['tenant_id', 'endpoint_id', 'at'], ['tenant_id', 'at']],
  'references': [],
  'append_only': False}]
# fmt: on


def statements(dialect: str) -> list[str]:
    """Return what runs on `dialect`."""
    return STATEMENTS[dialect]
