"""culture: revisions. Frozen by `yuanluo makemigration`; do not change it once applied."""

from __future__ import annotations

from typing import Any

# fmt: off
STATEMENTS: dict[str, list[str]] = {'sqlite': ['CREATE TABLE "yuanluo_new_activity" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "activity_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "kind" TEXT NOT NULL CONSTRAINT "activity_kind_check" CHECK ("kind" IN (\'FESTIVAL\', '
            "'GREEN_HOME', 'HARMONY_PUBLICITY', 'LAW', 'SPORT', 'HEALTH', 'LECTURE')),\n"
            '  "title" TEXT NOT NULL,\n'
            '  "festival" TEXT,\n'
            '  "festival_day" DAY_TEXT CONSTRAINT "activity_festival_day_check" CHECK ("festival_day" '
            'IS NULL OR "festival_day" IS date("festival_day")),\n'
            '  "starts_at" MOMENT_TEXT NOT NULL CONSTRAINT "activity_starts_at_check" CHECK '
            '("starts_at" GLOB \'????-??-??T??:??:??.??????Z\'),\n'
            '  "ends_at" MOMENT_TEXT NOT NULL CONSTRAINT "activity_ends_at_check" CHECK ("ends_at" GLOB '
            "'????-??-??T??:??:??.??????Z'),\n"
            '  "day" DAY_TEXT NOT NULL CONSTRAINT "activity_day_check" CHECK ("day" IS date("day")),\n'
            '  "place" TEXT NOT NULL,\n'
            '  "capacity" INTEGER CONSTRAINT "activity_capacity_check" CHECK ("capacity" IS NULL OR '
            '(typeof("capacity") = \'integer\' AND "capacity" BETWEEN -2147483648 AND 2147483647)),\n'
            '  "organizer_id" UUID_TEXT,\n'
            '  "budget_fen" INTEGER NOT NULL CONSTRAINT "activity_budget_fen_check" CHECK '
            '(typeof("budget_fen") = \'integer\' AND "budget_fen" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "status" TEXT NOT NULL CONSTRAINT "activity_status_check" CHECK ("status" IN '
            "('PLANNED', 'APPROVED', 'PUBLISHED', 'SIGNUP', 'RUNNING', 'FINISHED', 'EVALUATED', "
            "'ARCHIVED', 'CANCELLED')),\n"
            '  "cancel_reason" TEXT,\n'
            '  "check_in_code" TEXT,\n'
            '  "revision" INTEGER NOT NULL CONSTRAINT "activity_revision_check" CHECK '
            '(typeof("revision") = \'integer\' AND "revision" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "organizer_id") REFERENCES "organization" ("tenant_id", "id")\n'
            ')',
            'INSERT INTO "yuanluo_new_activity" ("tenant_id", "id", "kind", "title", "festival", '
            '"festival_day", "starts_at", "ends_at", "day", "place", "capacity", "organizer_id", '
            '"budget_fen", "status", "cancel_reason", "check_in_code", "revision") SELECT "tenant_id", '
            '"id", "kind", "title", "festival", "festival_day", "starts_at", "ends_at", "day", "place", '
            '"capacity", "organizer_id", "budget_fen", "status", "cancel_reason", "check_in_code", 0 '
            'FROM "activity"',
            'DROP TABLE "activity"',
            'ALTER TABLE "yuanluo_new_activity" RENAME TO "activity"',
            'CREATE INDEX "activity_organizer_id_index" ON "activity" ("tenant_id", "organizer_id")',
            'CREATE INDEX "activity_day_starts_at_id_index" ON "activity" ("tenant_id", "day", '
            '"starts_at", "id")',
            'CREATE INDEX "activity_festival_festival_day_index" ON "activity" ("tenant_id", '
            '"festival", "festival_day")',
            'CREATE TABLE "yuanluo_new_activity_signup" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "activity_signup_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "activity_id" UUID_TEXT NOT NULL,\n'
            '  "person_id" UUID_TEXT NOT NULL,\n'
            '  "signed_up_at" MOMENT_TEXT NOT NULL CONSTRAINT "activity_signup_signed_up_at_check" '
            'CHECK ("signed_up_at" GLOB \'????-??-??T??:??:??.??????Z\'),\n'
            '  "state" TEXT NOT NULL CONSTRAINT "activity_signup_state_check" CHECK ("state" IN '
            "('CONFIRMED', 'WAITLISTED', 'CANCELLED')),\n"
            '  "position" INTEGER NOT NULL CONSTRAINT "activity_signup_position_check" CHECK '
            '(typeof("position") = \'integer\' AND "position" BETWEEN -2147483648 AND 2147483647),\n'
            '  "checked_in_at" MOMENT_TEXT CONSTRAINT "activity_signup_checked_in_at_check" CHECK '
            '("checked_in_at" GLOB \'????-??-??T??:??:??.??????Z\'),\n'
            '  "check_in_method" TEXT CONSTRAINT "activity_signup_check_in_method_check" CHECK '
            '("check_in_method" IN (\'QR\', \'LIST\')),\n'
            '  "attended" FLAG_INTEGER NOT NULL CONSTRAINT "activity_signup_attended_check" CHECK '
            '("attended" IN (0, 1)),\n'
            '  "revision" INTEGER NOT NULL CONSTRAINT "activity_signup_revision_check" CHECK '
            '(typeof("revision") = \'integer\' AND "revision" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "activity_id") REFERENCES "activity" ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "person_id") REFERENCES "person" ("tenant_id", "id")\n'
            ')',
            'INSERT INTO "yuanluo_new_activity_signup" ("tenant_id", "id", "activity_id", "person_id", '
            '"signed_up_at", "state", "position", "checked_in_at", "check_in_method", "attended", '
            '"revision") SELECT "tenant_id", "id", "activity_id", "person_id", "signed_up_at", "state", '
            '"position", "checked_in_at", "check_in_method", "attended", 0 FROM "activity_signup"',
            'DROP TABLE "activity_signup"',
            'ALTER TABLE "yuanluo_new_activity_signup" RENAME TO "activity_signup"',
            'CREATE UNIQUE INDEX "activity_signup_activity_id_person_id_key" ON "activity_signup" '
            '("tenant_id", "activity_id", "person_id")',
            'CREATE INDEX "activity_signup_activity_id_index" ON "activity_signup" ("tenant_id", '
            '"activity_id")',
            'CREATE INDEX "activity_signup_person_id_index" ON "activity_signup" ("tenant_id", '
            '"person_id")',
            'CREATE INDEX "activity_signup_activity_id_position_index" ON "activity_signup" '
            '("tenant_id", "activity_id", "position")',
            'CREATE TABLE "yuanluo_new_volunteer_service" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "volunteer_service_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "person_id" UUID_TEXT NOT NULL,\n'
            '  "activity_id" UUID_TEXT,\n'
            '  "task" TEXT,\n'
            '  "check_in" MOMENT_TEXT NOT NULL CONSTRAINT "volunteer_service_check_in_check" CHECK '
            '("check_in" GLOB \'????-??-??T??:??:??.??????Z\'),\n'
            '  "check_out" MOMENT_TEXT NOT NULL CONSTRAINT "volunteer_service_check_out_check" CHECK '
            '("check_out" GLOB \'????-??-??T??:??:??.??????Z\'),\n'
            '  "minutes" INTEGER NOT NULL CONSTRAINT "volunteer_service_minutes_check" CHECK '
            '(typeof("minutes") = \'integer\' AND "minutes" BETWEEN -2147483648 AND 2147483647),\n'
            '  "revision" INTEGER NOT NULL CONSTRAINT "volunteer_service_revision_check" CHECK '
            '(typeof("revision") = \'integer\' AND "revision" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "person_id") REFERENCES "person" ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "activity_id") REFERENCES "activity" ("tenant_id", "id")\n'
            ')',
            'INSERT INTO "yuanluo_new_volunteer_service" ("tenant_id", "id", "person_id", '
            '"activity_id", "task", "check_in", "check_out", "minutes", "revision") SELECT "tenant_id", '
            '"id", "person_id", "activity_id", "task", "check_in", "check_out", "minutes", 0 FROM '
            '"volunteer_service"',
            'DROP TABLE "volunteer_service"',
            'ALTER TABLE "yuanluo_new_volunteer_service" RENAME TO "volunteer_service"',
            'CREATE UNIQUE INDEX "volunteer_service_person_id_check_in_key" ON "volunteer_service" '
            '("tenant_id", "person_id", "check_in")',
            'CREATE INDEX "volunteer_service_person_id_index" ON "volunteer_service" ("tenant_id", '
            '"person_id")',
            'CREATE INDEX "volunteer_service_activity_id_index" ON "volunteer_service" ("tenant_id", '
            '"activity_id")',
            'CREATE TABLE "yuanluo_new_volunteer_consent" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "volunteer_consent_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "granted_on" DAY_TEXT NOT NULL CONSTRAINT "volunteer_consent_granted_on_check" CHECK '
            '("granted_on" IS date("granted_on")),\n'
            '  "revision" INTEGER NOT NULL CONSTRAINT "volunteer_consent_revision_check" CHECK '
            '(typeof("revision") = \'integer\' AND "revision" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "id") REFERENCES "person" ("tenant_id", "id")\n'
            ')',
            'INSERT INTO "yuanluo_new_volunteer_consent" ("tenant_id", "id", "granted_on", "revision") '
            'SELECT "tenant_id", "id", "granted_on", 0 FROM "volunteer_consent"',
            'DROP TABLE "volunteer_consent"',
            'ALTER TABLE "yuanluo_new_volunteer_consent" RENAME TO "volunteer_consent"'],
 'postgresql': ['ALTER TABLE "activity" ADD COLUMN "revision" bigint NOT NULL DEFAULT 0 CONSTRAINT '
                '"activity_revision_check" CHECK ("revision" BETWEEN -9007199254740991 AND '
                '9007199254740991)',
                'ALTER TABLE "activity" ALTER COLUMN "revision" DROP DEFAULT',
                'ALTER TABLE "activity_signup" ADD COLUMN "revision" bigint NOT NULL DEFAULT 0 '
                'CONSTRAINT "activity_signup_revision_check" CHECK ("revision" BETWEEN '
                '-9007199254740991 AND 9007199254740991)',
                'ALTER TABLE "activity_signup" ALTER COLUMN "revision" DROP DEFAULT',
                'ALTER TABLE "volunteer_service" ADD COLUMN "revision" bigint NOT NULL DEFAULT 0 '
                'CONSTRAINT "volunteer_service_revision_check" CHECK ("revision" BETWEEN '
                '-9007199254740991 AND 9007199254740991)',
                'ALTER TABLE "volunteer_service" ALTER COLUMN "revision" DROP DEFAULT',
                'ALTER TABLE "volunteer_consent" ADD COLUMN "revision" bigint NOT NULL DEFAULT 0 '
                'CONSTRAINT "volunteer_consent_revision_check" CHECK ("revision" BETWEEN '
                '-9007199254740991 AND 9007199254740991)',
                'ALTER TABLE "volunteer_consent" ALTER COLUMN "revision" DROP DEFAULT']}

SNAPSHOT: list[dict[str, Any]] = [{'name': 'activity',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'kind',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['FESTIVAL',
                           'GREEN_HOME',
                           'HARMONY_PUBLICITY',
                           'LAW',
                           'SPORT',
                           'HEALTH',
                           'LECTURE']},
              {'name': 'title', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'festival', 'kind': 'CODE', 'null': True, 'choices': []},
              {'name': 'festival_day', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'starts_at', 'kind': 'MOMENT', 'null': False, 'choices': []},
              {'name': 'ends_at', 'kind': 'MOMENT', 'null': False, 'choices': []},
              {'name': 'day', 'kind': 'DAY', 'null': False, 'choices': []},
              {'name': 'place', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'capacity', 'kind': 'INTEGER', 'null': True, 'choices': []},
              {'name': 'organizer_id', 'kind': 'REF', 'null': True, 'choices': []},
              {'name': 'budget_fen', 'kind': 'FEN', 'null': False, 'choices': []},
              {'name': 'status',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['PLANNED',
                           'APPROVED',
                           'PUBLISHED',
                           'SIGNUP',
                           'RUNNING',
                           'FINISHED',
                           'EVALUATED',
                           'ARCHIVED',
                           'CANCELLED']},
              {'name': 'cancel_reason', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'check_in_code', 'kind': 'CODE', 'null': True, 'choices': []},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [],
  'indexes': [['tenant_id', 'organizer_id'],
              ['tenant_id', 'day', 'starts_at', 'id'],
              ['tenant_id', 'festival', 'festival_day']],
  'references': [['organizer_id', 'organization']],
  'append_only': False},
 {'name': 'activity_signup',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'activity_id', 'kind': 'REF', 'null': False, 'choices': []},
              {'name': 'person_id', 'kind': 'REF', 'null': False, 'choices': []},
              {'name': 'signed_up_at', 'kind': 'MOMENT', 'null': False, 'choices': []},
              {'name': 'state',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['CONFIRMED', 'WAITLISTED', 'CANCELLED']},
              {'name': 'position', 'kind': 'INTEGER', 'null': False, 'choices': []},
              {'name': 'checked_in_at', 'kind': 'MOMENT', 'null': True, 'choices': []},
              {'name': 'check_in_method', 'kind': 'CHOICE', 'null': True, 'choices': ['QR', 'LIST']},
              {'name': 'attended', 'kind': 'FLAG', 'null': False, 'choices': []},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'activity_id', 'person_id']],
  'indexes': [['tenant_id', 'activity_id'],
              ['tenant_id', 'person_id'],
              ['tenant_id', 'activity_id', 'position']],
  'references': [['activity_id', 'activity'], ['person_id', 'person']],
  'append_only': False},
 {'name': 'volunteer_service',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'person_id', 'kind': 'REF', 'null': False, 'choices': []},
              {'name': 'activity_id', 'kind': 'REF', 'null': True, 'choices': []},
              {'name': 'task', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'check_in', 'kind': 'MOMENT', 'null': False, 'choices': []},
              {'name': 'check_out', 'kind': 'MOMENT', 'null': False, 'choices': []},
              {'name': 'minutes', 'kind': 'MINUTES', 'null': False, 'choices': []},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'person_id', 'check_in']],
  'indexes': [['tenant_id', 'person_id'], ['tenant_id', 'activity_id']],
  'references': [['person_id', 'person'], ['activity_id', 'activity']],
  'append_only': False},
 {'name': 'volunteer_consent',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'granted_on', 'kind': 'DAY', 'null': False, 'choices': []},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [],
  'indexes': [],
  'references': [['id', 'person']],
  'append_only': False},
 {'name': 'culture_counts',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'counter', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'district', 'kind': 'LONG', 'null': True, 'choices': []},
              {'name': 'subdistrict', 'kind': 'LONG', 'null': True, 'choices': []},
              {'name': 'community', 'kind': 'LONG', 'null': True, 'choices': []},
              {'name': 'activities', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'cancelled_activities', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'participants', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'volunteer_services', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'volunteer_minutes', 'kind': 'LONG', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'counter']],
  'indexes': [],
  'references': [],
  'append_only': False}]
# fmt: on


def statements(dialect: str) -> list[str]:
    """Return what runs on `dialect`."""
    return STATEMENTS[dialect]
