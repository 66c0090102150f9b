"""council: registered. Frozen by `yuanluo makemigration`; do not change it once applied."""

from __future__ import annotations

from typing import Any

# fmt: off
STATEMENTS: dict[str, list[str]] = {'sqlite': ['CREATE TABLE "yuanluo_new_regulation_version" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "regulation_version_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "regulation_id" UUID_TEXT NOT NULL,\n'
            '  "version" INTEGER NOT NULL CONSTRAINT "regulation_version_version_check" CHECK '
            '(typeof("version") = \'integer\' AND "version" BETWEEN -2147483648 AND 2147483647),\n'
            '  "text" TEXT NOT NULL,\n'
            '  "status" TEXT NOT NULL CONSTRAINT "regulation_version_status_check" CHECK ("status" IN '
            "('DRAFT', 'CONSULTING', 'ADOPTED', 'EFFECTIVE', 'SUPERSEDED')),\n"
            '  "consult_from" DAY_TEXT CONSTRAINT "regulation_version_consult_from_check" CHECK '
            '("consult_from" IS NULL OR "consult_from" IS date("consult_from")),\n'
            '  "consult_until" DAY_TEXT CONSTRAINT "regulation_version_consult_until_check" CHECK '
            '("consult_until" IS NULL OR "consult_until" IS date("consult_until")),\n'
            '  "resolution" TEXT,\n'
            '  "adopted_on" DAY_TEXT CONSTRAINT "regulation_version_adopted_on_check" CHECK '
            '("adopted_on" IS NULL OR "adopted_on" IS date("adopted_on")),\n'
            '  "effective_on" DAY_TEXT CONSTRAINT "regulation_version_effective_on_check" CHECK '
            '("effective_on" IS NULL OR "effective_on" IS date("effective_on")),\n'
            '  "superseded_on" DAY_TEXT CONSTRAINT "regulation_version_superseded_on_check" CHECK '
            '("superseded_on" IS NULL OR "superseded_on" IS date("superseded_on")),\n'
            '  "registered_on" DAY_TEXT CONSTRAINT "regulation_version_registered_on_check" CHECK '
            '("registered_on" IS NULL OR "registered_on" IS date("registered_on")),\n'
            '  "evidence" TEXT,\n'
            '  "revision" INTEGER NOT NULL CONSTRAINT "regulation_version_revision_check" CHECK '
            '(typeof("revision") = \'integer\' AND "revision" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "regulation_id") REFERENCES "regulation" ("tenant_id", "id")\n'
            ')',
            'INSERT INTO "yuanluo_new_regulation_version" ("tenant_id", "id", "regulation_id", '
            '"version", "text", "status", "consult_from", "consult_until", "resolution", "adopted_on", '
            '"effective_on", "superseded_on", "registered_on", "evidence", "revision") SELECT '
            '"tenant_id", "id", "regulation_id", "version", "text", "status", "consult_from", '
            '"consult_until", "resolution", "adopted_on", "effective_on", "superseded_on", NULL, NULL, '
            '"revision" FROM "regulation_version"',
            'DROP TABLE "regulation_version"',
            'ALTER TABLE "yuanluo_new_regulation_version" RENAME TO "regulation_version"',
            'CREATE UNIQUE INDEX "regulation_version_regulation_id_version_key" ON "regulation_version" '
            '("tenant_id", "regulation_id", "version")',
            'CREATE TABLE "yuanluo_new_opinion" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "opinion_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "number" INTEGER NOT NULL CONSTRAINT "opinion_number_check" CHECK (typeof("number") = '
            '\'integer\' AND "number" BETWEEN -2147483648 AND 2147483647),\n'
            '  "received_on" TEXT CONSTRAINT "opinion_received_on_check" CHECK ("received_on" IS NULL '
            'OR (length("received_on") IN (4, 7, 10) AND ("received_on" || substr(\'0001-01-01\', '
            'length("received_on") + 1)) IS date("received_on" || substr(\'0001-01-01\', '
            'length("received_on") + 1)))),\n'
            '  "source" TEXT CONSTRAINT "opinion_source_check" CHECK ("source" IN (\'VISIT\', '
            "'OPEN_AIR_MEETING', 'FORUM', 'WECHAT', 'BOX', 'GRID', 'HOTLINE_12345')),\n"
            '  "category" TEXT CONSTRAINT "opinion_category_check" CHECK ("category" IN (\'FACILITY\', '
            "'NEIGHBOUR_DISPUTE', 'ENVIRONMENT', 'SECURITY', 'PROPERTY_SERVICE', 'SUGGESTION', "
            "'OTHER')),\n"
            '  "content" TEXT NOT NULL,\n'
            '  "reporter_id" UUID_TEXT,\n'
            '  "assignee_id" UUID_TEXT,\n'
            '  "assignee_name" TEXT,\n'
            '  "limit_workdays" INTEGER CONSTRAINT "opinion_limit_workdays_check" CHECK '
            '("limit_workdays" IS NULL OR (typeof("limit_workdays") = \'integer\' AND "limit_workdays" '
            'BETWEEN -2147483648 AND 2147483647)),\n'
            '  "due_on" DAY_TEXT CONSTRAINT "opinion_due_on_check" CHECK ("due_on" IS NULL OR "due_on" '
            'IS date("due_on")),\n'
            '  "closed_on" TEXT CONSTRAINT "opinion_closed_on_check" CHECK ("closed_on" IS NULL OR '
            '(length("closed_on") IN (4, 7, 10) AND ("closed_on" || substr(\'0001-01-01\', '
            'length("closed_on") + 1)) IS date("closed_on" || substr(\'0001-01-01\', '
            'length("closed_on") + 1)))),\n'
            '  "status" TEXT NOT NULL CONSTRAINT "opinion_status_check" CHECK ("status" IN '
            "('COLLECTED', 'TRIAGED', 'ANSWERED', 'REFERRED', 'MERGED', 'PROPOSED', 'CLOSED', "
            "'RATED')),\n"
            '  "reason" TEXT,\n'
            '  "merged_into_id" UUID_TEXT,\n'
            '  "result" TEXT,\n'
            '  "satisfaction" TEXT CONSTRAINT "opinion_satisfaction_check" CHECK ("satisfaction" IN '
            "('VERY_SATISFIED', 'SATISFIED', 'FAIRLY_SATISFIED', 'DISSATISFIED')),\n"
            '  "registered_on" DAY_TEXT CONSTRAINT "opinion_registered_on_check" CHECK ("registered_on" '
            'IS NULL OR "registered_on" IS date("registered_on")),\n'
            '  "revision" INTEGER NOT NULL CONSTRAINT "opinion_revision_check" CHECK '
            '(typeof("revision") = \'integer\' AND "revision" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "reporter_id") REFERENCES "person" ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "assignee_id") REFERENCES "person" ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "merged_into_id") REFERENCES "opinion" ("tenant_id", "id")\n'
            ')',
            'INSERT INTO "yuanluo_new_opinion" ("tenant_id", "id", "number", "received_on", "source", '
            '"category", "content", "reporter_id", "assignee_id", "assignee_name", "limit_workdays", '
            '"due_on", "closed_on", "status", "reason", "merged_into_id", "result", "satisfaction", '
            '"registered_on", "revision") SELECT "tenant_id", "id", "number", "received_on", "source", '
            '"category", "content", "reporter_id", "assignee_id", "assignee_name", "limit_workdays", '
            '"due_on", "closed_on", "status", "reason", "merged_into_id", "result", "satisfaction", '
            'NULL, "revision" FROM "opinion"',
            'DROP TABLE "opinion"',
            'ALTER TABLE "yuanluo_new_opinion" RENAME TO "opinion"',
            'CREATE UNIQUE INDEX "opinion_number_key" ON "opinion" ("tenant_id", "number")',
            'CREATE INDEX "opinion_reporter_id_index" ON "opinion" ("tenant_id", "reporter_id")',
            'CREATE INDEX "opinion_assignee_id_index" ON "opinion" ("tenant_id", "assignee_id")',
            'CREATE INDEX "opinion_status_index" ON "opinion" ("tenant_id", "status")',
            'CREATE INDEX "opinion_merged_into_id_index" ON "opinion" ("tenant_id", "merged_into_id")',
            'CREATE INDEX "opinion_received_on_number_index" ON "opinion" ("tenant_id", "received_on", '
            '"number")',
            'CREATE INDEX "opinion_closed_on_due_on_index" ON "opinion" ("tenant_id", "closed_on", '
            '"due_on")'],
 'postgresql': ['ALTER TABLE "regulation_version" ADD COLUMN "registered_on" date',
                'ALTER TABLE "regulation_version" ADD COLUMN "evidence" text COLLATE "C"',
                'ALTER TABLE "opinion" ADD COLUMN "registered_on" date']}

SNAPSHOT: list[dict[str, Any]] = [{'name': 'body',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'kind',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['RESIDENT_COUNCIL',
                           'OWNERS_ASSEMBLY',
                           'OWNERS_COMMITTEE',
                           'PMC',
                           'DELIBERATIVE',
                           'SUPERVISORY',
                           'MEDIATION',
                           'FORUM']},
              {'name': 'term_years', 'kind': 'INTEGER', 'null': True, 'choices': []},
              {'name': 'seats', 'kind': 'INTEGER', 'null': True, 'choices': []},
              {'name': 'status',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['PREPARING', 'ACTIVE', 'OVERDUE', 'DISSOLVED']},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [],
  'indexes': [],
  'references': [['id', 'organization']],
  'append_only': False},
 {'name': 'regulation',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'kind',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['REPORTING_TO_BRANCH',
                           'AFFAIRS_DISCLOSURE',
                           'DUTY_LISTS',
                           'MEETING_PROCEDURE',
                           'FINANCE_RULES',
                           'COVENANT',
                           'RULES_OF_PROCEDURE']},
              {'name': 'title', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'adopting_body_id', 'kind': 'REF', 'null': True, 'choices': []},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'kind']],
  'indexes': [['tenant_id', 'adopting_body_id', 'kind', 'id']],
  'references': [['adopting_body_id', 'body']],
  'append_only': False},
 {'name': 'regulation_version',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'regulation_id', 'kind': 'REF', 'null': False, 'choices': []},
              {'name': 'version', 'kind': 'INTEGER', 'null': False, 'choices': []},
              {'name': 'text', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'status',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['DRAFT', 'CONSULTING', 'ADOPTED', 'EFFECTIVE', 'SUPERSEDED']},
              {'name': 'consult_from', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'consult_until', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'resolution', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'adopted_on', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'effective_on', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'superseded_on', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'registered_on', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'evidence', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'regulation_id', 'version']],
  'indexes': [],
  'references': [['regulation_id', 'regulation']],
  'append_only': False},
 {'name': 'regulation_clause',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'version_id', 'kind': 'REF', 'null': False, 'choices': []},
              {'name': 'key', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'value', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'version_id', 'key']],
  'indexes': [],
  'references': [['version_id', 'regulation_version']],
  'append_only': False},
 {'name': 'opinion',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'number', 'kind': 'INTEGER', 'null': False, 'choices': []},
              {'name': 'received_on', 'kind': 'PARTIAL_DATE', 'null': True, 'choices': []},
              {'name': 'source',
               'kind': 'CHOICE',
               'null': True,
               'choices': ['VISIT',
                           'OPEN_AIR_MEETING',
                           'FORUM',
                           'WECHAT',
                           'BOX',
                           'GRID',
                           'HOTLINE_12345']},
              {'name': 'category',
               'kind': 'CHOICE',
               'null': True,
               'choices': ['FACILITY',
                           'NEIGHBOUR_DISPUTE',
                           'ENVIRONMENT',
                           'SECURITY',
                           'PROPERTY_SERVICE',
                           'SUGGESTION',
                           'OTHER']},
              {'name': 'content', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'reporter_id', 'kind': 'REF', 'null': True, 'choices': []},
              {'name': 'assignee_id', 'kind': 'REF', 'null': True, 'choices': []},
              {'name': 'assignee_name', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'limit_workdays', 'kind': 'INTEGER', 'null': True, 'choices': []},
              {'name': 'due_on', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'closed_on', 'kind': 'PARTIAL_DATE', 'null': True, 'choices': []},
              {'name': 'status',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['COLLECTED',
                           'TRIAGED',
                           'ANSWERED',
                           'REFERRED',
                           'MERGED',
                           'PROPOSED',
                           'CLOSED',
                           'RATED']},
              {'name': 'reason', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'merged_into_id', 'kind': 'REF', 'null': True, 'choices': []},
              {'name': 'result', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'satisfaction',
               'kind': 'CHOICE',
               'null': True,
               'choices': ['VERY_SATISFIED', 'SATISFIED', 'FAIRLY_SATISFIED', 'DISSATISFIED']},
              {'name': 'registered_on', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'number']],
  'indexes': [['tenant_id', 'reporter_id'],
              ['tenant_id', 'assignee_id'],
              ['tenant_id', 'status'],
              ['tenant_id', 'merged_into_id'],
              ['tenant_id', 'received_on', 'number'],
              ['tenant_id', 'closed_on', 'due_on']],
  'references': [['reporter_id', 'person'], ['assignee_id', 'person'], ['merged_into_id', 'opinion']],
  'append_only': False},
 {'name': 'opinion_reporter',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'name', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'person_id', 'kind': 'REF', 'null': True, 'choices': []},
              {'name': 'dwelling_id', 'kind': 'REF', 'null': True, 'choices': []},
              {'name': 'room_key', 'kind': 'CODE', 'null': True, 'choices': []},
              {'name': 'phone', 'kind': 'SEALED', 'null': True, 'choices': []},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'phone_index', 'kind': 'BLOB', 'null': True, 'choices': []},
              {'name': 'phone_masked', 'kind': 'TEXT', 'null': True, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [],
  'indexes': [['tenant_id', 'person_id', 'id'],
              ['tenant_id', 'dwelling_id', 'id'],
              ['tenant_id', 'phone_index']],
  'references': [['person_id', 'person'], ['dwelling_id', 'dwelling'], ['id', 'opinion']],
  'append_only': False},
 {'name': 'council_counts',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'counter', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'district', 'kind': 'LONG', 'null': True, 'choices': []},
              {'name': 'subdistrict', 'kind': 'LONG', 'null': True, 'choices': []},
              {'name': 'community', 'kind': 'LONG', 'null': True, 'choices': []},
              {'name': 'opinions', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'closed', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'rated', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'satisfied', 'kind': 'LONG', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'counter']],
  'indexes': [],
  'references': [],
  'append_only': False}]
# fmt: on


def statements(dialect: str) -> list[str]:
    """Return what runs on `dialect`."""
    return STATEMENTS[dialect]
