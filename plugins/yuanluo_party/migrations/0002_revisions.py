"""party: revisions. Frozen by `yuanluo makemigration`; do not change it once applied."""

from __future__ import annotations

from typing import Any

# fmt: off
STATEMENTS: dict[str, list[str]] = {'sqlite': ['CREATE TABLE "yuanluo_new_party_org" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "party_org_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "tier" TEXT NOT NULL CONSTRAINT "party_org_tier_check" CHECK ("tier" IN (\'COMMITTEE\', '
            "'GENERAL_BRANCH', 'BRANCH', 'GROUP')),\n"
            '  "kind" TEXT NOT NULL CONSTRAINT "party_org_kind_check" CHECK ("kind" IN (\'ORDINARY\', '
            "'JOINT', 'TEMPORARY', 'FLOATING')),\n"
            '  "parent_id" UUID_TEXT,\n'
            '  "upper_id" UUID_TEXT,\n'
            '  "approval_no" TEXT,\n'
            '  "established_on" TEXT CONSTRAINT "party_org_established_on_check" CHECK '
            '("established_on" IS NULL OR (length("established_on") IN (4, 7, 10) AND ("established_on" '
            '|| substr(\'0001-01-01\', length("established_on") + 1)) IS date("established_on" || '
            'substr(\'0001-01-01\', length("established_on") + 1)))),\n'
            '  "elected_on" DAY_TEXT CONSTRAINT "party_org_elected_on_check" CHECK ("elected_on" IS '
            'NULL OR "elected_on" IS date("elected_on")),\n'
            '  "term_years" INTEGER NOT NULL CONSTRAINT "party_org_term_years_check" CHECK '
            '(typeof("term_years") = \'integer\' AND "term_years" BETWEEN -2147483648 AND 2147483647),\n'
            '  "term_end" DAY_TEXT CONSTRAINT "party_org_term_end_check" CHECK ("term_end" IS NULL OR '
            '"term_end" IS date("term_end")),\n'
            '  "status" TEXT NOT NULL CONSTRAINT "party_org_status_check" CHECK ("status" IN '
            "('PREPARING', 'APPROVED', 'ACTIVE', 'OVERDUE', 'DISSOLVED')),\n"
            '  "revision" INTEGER NOT NULL CONSTRAINT "party_org_revision_check" CHECK '
            '(typeof("revision") = \'integer\' AND "revision" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "parent_id") REFERENCES "party_org" ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "id") REFERENCES "organization" ("tenant_id", "id")\n'
            ')',
            'INSERT INTO "yuanluo_new_party_org" ("tenant_id", "id", "tier", "kind", "parent_id", '
            '"upper_id", "approval_no", "established_on", "elected_on", "term_years", "term_end", '
            '"status", "revision") SELECT "tenant_id", "id", "tier", "kind", "parent_id", "upper_id", '
            '"approval_no", "established_on", "elected_on", "term_years", "term_end", "status", 0 FROM '
            '"party_org"',
            'DROP TABLE "party_org"',
            'ALTER TABLE "yuanluo_new_party_org" RENAME TO "party_org"',
            'CREATE INDEX "party_org_parent_id_index" ON "party_org" ("tenant_id", "parent_id")',
            'CREATE INDEX "party_org_upper_id_index" ON "party_org" ("tenant_id", "upper_id")',
            'CREATE INDEX "party_org_tier_status_index" ON "party_org" ("tenant_id", "tier", "status")',
            'CREATE TABLE "yuanluo_new_branch_coverage" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "branch_coverage_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "branch_id" UUID_TEXT NOT NULL,\n'
            '  "started_on" DAY_TEXT NOT NULL CONSTRAINT "branch_coverage_started_on_check" CHECK '
            '("started_on" IS date("started_on")),\n'
            '  "ended_on" DAY_TEXT CONSTRAINT "branch_coverage_ended_on_check" CHECK ("ended_on" IS '
            'NULL OR "ended_on" IS date("ended_on")),\n'
            '  "revision" INTEGER NOT NULL CONSTRAINT "branch_coverage_revision_check" CHECK '
            '(typeof("revision") = \'integer\' AND "revision" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id")\n'
            ')',
            'INSERT INTO "yuanluo_new_branch_coverage" ("tenant_id", "id", "branch_id", "started_on", '
            '"ended_on", "revision") SELECT "tenant_id", "id", "branch_id", "started_on", "ended_on", 0 '
            'FROM "branch_coverage"',
            'DROP TABLE "branch_coverage"',
            'ALTER TABLE "yuanluo_new_branch_coverage" RENAME TO "branch_coverage"',
            'CREATE INDEX "branch_coverage_branch_id_index" ON "branch_coverage" ("tenant_id", '
            '"branch_id")',
            'CREATE TABLE "yuanluo_new_party_membership" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "party_membership_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "person_id" UUID_TEXT NOT NULL,\n'
            '  "org_id" UUID_TEXT,\n'
            '  "joint_org_id" UUID_TEXT,\n'
            '  "type" TEXT NOT NULL CONSTRAINT "party_membership_type_check" CHECK ("type" IN '
            "('FULL', 'PROBATIONARY')),\n"
            '  "relation" TEXT NOT NULL CONSTRAINT "party_membership_relation_check" CHECK ("relation" '
            "IN ('REGISTERED', 'REPORTED_IN', 'FLOATING_OUT', 'FLOATING_IN')),\n"
            '  "status" TEXT NOT NULL CONSTRAINT "party_membership_status_check" CHECK ("status" IN '
            "('ACTIVE', 'TRANSFERRED', 'LOST_CONTACT', 'EXPELLED', 'WITHDRAWN', 'DECEASED')),\n"
            '  "joined_on" TEXT CONSTRAINT "party_membership_joined_on_check" CHECK ("joined_on" IS '
            'NULL OR (length("joined_on") IN (4, 7, 10) AND ("joined_on" || substr(\'0001-01-01\', '
            'length("joined_on") + 1)) IS date("joined_on" || substr(\'0001-01-01\', '
            'length("joined_on") + 1)))),\n'
            '  "confirmed_on" TEXT CONSTRAINT "party_membership_confirmed_on_check" CHECK '
            '("confirmed_on" IS NULL OR (length("confirmed_on") IN (4, 7, 10) AND ("confirmed_on" || '
            'substr(\'0001-01-01\', length("confirmed_on") + 1)) IS date("confirmed_on" || '
            'substr(\'0001-01-01\', length("confirmed_on") + 1)))),\n'
            '  "voting_suspended" FLAG_INTEGER NOT NULL CONSTRAINT '
            '"party_membership_voting_suspended_check" CHECK ("voting_suspended" IN (0, 1)),\n'
            '  "is_verified" FLAG_INTEGER NOT NULL CONSTRAINT "party_membership_is_verified_check" '
            'CHECK ("is_verified" IN (0, 1)),\n'
            '  "employer" TEXT,\n'
            '  "education" TEXT,\n'
            '  "room_key" TEXT,\n'
            '  "remark" TEXT,\n'
            '  "started_on" DAY_TEXT NOT NULL CONSTRAINT "party_membership_started_on_check" CHECK '
            '("started_on" IS date("started_on")),\n'
            '  "ended_on" DAY_TEXT CONSTRAINT "party_membership_ended_on_check" CHECK ("ended_on" IS '
            'NULL OR "ended_on" IS date("ended_on")),\n'
            '  "destination" TEXT,\n'
            '  "revision" INTEGER NOT NULL CONSTRAINT "party_membership_revision_check" CHECK '
            '(typeof("revision") = \'integer\' AND "revision" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "person_id") REFERENCES "person" ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "org_id") REFERENCES "party_org" ("tenant_id", "id")\n'
            ')',
            'INSERT INTO "yuanluo_new_party_membership" ("tenant_id", "id", "person_id", "org_id", '
            '"joint_org_id", "type", "relation", "status", "joined_on", "confirmed_on", '
            '"voting_suspended", "is_verified", "employer", "education", "room_key", "remark", '
            '"started_on", "ended_on", "destination", "revision") SELECT "tenant_id", "id", '
            '"person_id", "org_id", "joint_org_id", "type", "relation", "status", "joined_on", '
            '"confirmed_on", "voting_suspended", "is_verified", "employer", "education", "room_key", '
            '"remark", "started_on", "ended_on", "destination", 0 FROM "party_membership"',
            'DROP TABLE "party_membership"',
            'ALTER TABLE "yuanluo_new_party_membership" RENAME TO "party_membership"',
            'CREATE INDEX "party_membership_person_id_index" ON "party_membership" ("tenant_id", '
            '"person_id")',
            'CREATE INDEX "party_membership_org_id_index" ON "party_membership" ("tenant_id", "org_id")',
            'CREATE INDEX "party_membership_joint_org_id_index" ON "party_membership" ("tenant_id", '
            '"joint_org_id")',
            'CREATE INDEX "party_membership_status_relation_type_index" ON "party_membership" '
            '("tenant_id", "status", "relation", "type")',
            'CREATE INDEX "party_membership_org_id_status_index" ON "party_membership" ("tenant_id", '
            '"org_id", "status")',
            'CREATE INDEX "party_membership_person_id_status_index" ON "party_membership" ("tenant_id", '
            '"person_id", "status")',
            'CREATE TABLE "yuanluo_new_dual_report" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "dual_report_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "subject" TEXT NOT NULL CONSTRAINT "dual_report_subject_check" CHECK ("subject" IN '
            "('PERSON', 'PARTY_UNIT')),\n"
            '  "person_id" UUID_TEXT,\n'
            '  "unit_name" TEXT,\n'
            '  "employer" TEXT NOT NULL,\n'
            '  "home_org" TEXT,\n'
            '  "room_key" TEXT,\n'
            '  "reported_on" TEXT CONSTRAINT "dual_report_reported_on_check" CHECK ("reported_on" IS '
            'NULL OR (length("reported_on") IN (4, 7, 10) AND ("reported_on" || substr(\'0001-01-01\', '
            'length("reported_on") + 1)) IS date("reported_on" || substr(\'0001-01-01\', '
            'length("reported_on") + 1)))),\n'
            '  "skills" TEXT,\n'
            '  "claimed_posts" TEXT,\n'
            '  "status" TEXT NOT NULL CONSTRAINT "dual_report_status_check" CHECK ("status" IN '
            "('SUBMITTED', 'ACCEPTED', 'REJECTED', 'SERVING', 'APPRAISED', 'CLOSED')),\n"
            '  "reason" TEXT,\n'
            '  "decided_on" DAY_TEXT CONSTRAINT "dual_report_decided_on_check" CHECK ("decided_on" IS '
            'NULL OR "decided_on" IS date("decided_on")),\n'
            '  "membership_id" UUID_TEXT,\n'
            '  "revision" INTEGER NOT NULL CONSTRAINT "dual_report_revision_check" CHECK '
            '(typeof("revision") = \'integer\' AND "revision" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "person_id") REFERENCES "person" ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "membership_id") REFERENCES "party_membership" ("tenant_id", '
            '"id")\n'
            ')',
            'INSERT INTO "yuanluo_new_dual_report" ("tenant_id", "id", "subject", "person_id", '
            '"unit_name", "employer", "home_org", "room_key", "reported_on", "skills", "claimed_posts", '
            '"status", "reason", "decided_on", "membership_id", "revision") SELECT "tenant_id", "id", '
            '"subject", "person_id", "unit_name", "employer", "home_org", "room_key", "reported_on", '
            '"skills", "claimed_posts", "status", "reason", "decided_on", "membership_id", 0 FROM '
            '"dual_report"',
            'DROP TABLE "dual_report"',
            'ALTER TABLE "yuanluo_new_dual_report" RENAME TO "dual_report"',
            'CREATE INDEX "dual_report_person_id_index" ON "dual_report" ("tenant_id", "person_id")',
            'CREATE INDEX "dual_report_membership_id_index" ON "dual_report" ("tenant_id", '
            '"membership_id")',
            'CREATE TABLE "yuanluo_new_party_parameter" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "party_parameter_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "key" TEXT NOT NULL,\n'
            '  "value" INTEGER NOT NULL CONSTRAINT "party_parameter_value_check" CHECK (typeof("value") '
            '= \'integer\' AND "value" BETWEEN -9007199254740991 AND 9007199254740991),\n'
            '  "effective_on" DAY_TEXT NOT NULL CONSTRAINT "party_parameter_effective_on_check" CHECK '
            '("effective_on" IS date("effective_on")),\n'
            '  "basis" TEXT NOT NULL,\n'
            '  "revision" INTEGER NOT NULL CONSTRAINT "party_parameter_revision_check" CHECK '
            '(typeof("revision") = \'integer\' AND "revision" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id")\n'
            ')',
            'INSERT INTO "yuanluo_new_party_parameter" ("tenant_id", "id", "key", "value", '
            '"effective_on", "basis", "revision") SELECT "tenant_id", "id", "key", "value", '
            '"effective_on", "basis", 0 FROM "party_parameter"',
            'DROP TABLE "party_parameter"',
            'ALTER TABLE "yuanluo_new_party_parameter" RENAME TO "party_parameter"',
            'CREATE UNIQUE INDEX "party_parameter_key_effective_on_key" ON "party_parameter" '
            '("tenant_id", "key", "effective_on")'],
 'postgresql': ['ALTER TABLE "party_org" ADD COLUMN "revision" bigint NOT NULL DEFAULT 0 CONSTRAINT '
                '"party_org_revision_check" CHECK ("revision" BETWEEN -9007199254740991 AND '
                '9007199254740991)',
                'ALTER TABLE "party_org" ALTER COLUMN "revision" DROP DEFAULT',
                'ALTER TABLE "branch_coverage" ADD COLUMN "revision" bigint NOT NULL DEFAULT 0 '
                'CONSTRAINT "branch_coverage_revision_check" CHECK ("revision" BETWEEN '
                '-9007199254740991 AND 9007199254740991)',
                'ALTER TABLE "branch_coverage" ALTER COLUMN "revision" DROP DEFAULT',
                'ALTER TABLE "party_membership" ADD COLUMN "revision" bigint NOT NULL DEFAULT 0 '
                'CONSTRAINT "party_membership_revision_check" CHECK ("revision" BETWEEN '
                '-9007199254740991 AND 9007199254740991)',
                'ALTER TABLE "party_membership" ALTER COLUMN "revision" DROP DEFAULT',
                'ALTER TABLE "dual_report" ADD COLUMN "revision" bigint NOT NULL DEFAULT 0 CONSTRAINT '
                '"dual_report_revision_check" CHECK ("revision" BETWEEN -9007199254740991 AND '
                '9007199254740991)',
                'ALTER TABLE "dual_report" ALTER COLUMN "revision" DROP DEFAULT',
                'ALTER TABLE "party_parameter" ADD COLUMN "revision" bigint NOT NULL DEFAULT 0 '
                'CONSTRAINT "party_parameter_revision_check" CHECK ("revision" BETWEEN '
                '-9007199254740991 AND 9007199254740991)',
                'ALTER TABLE "party_parameter" ALTER COLUMN "revision" DROP DEFAULT']}

SNAPSHOT: list[dict[str, Any]] = [{'name': 'party_org',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'tier',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['COMMITTEE', 'GENERAL_BRANCH', 'BRANCH', 'GROUP']},
              {'name': 'kind',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['ORDINARY', 'JOINT', 'TEMPORARY', 'FLOATING']},
              {'name': 'parent_id', 'kind': 'REF', 'null': True, 'choices': []},
              {'name': 'upper_id', 'kind': 'UPWARD', 'null': True, 'choices': []},
              {'name': 'approval_no', 'kind': 'CODE', 'null': True, 'choices': []},
              {'name': 'established_on', 'kind': 'PARTIAL_DATE', 'null': True, 'choices': []},
              {'name': 'elected_on', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'term_years', 'kind': 'INTEGER', 'null': False, 'choices': []},
              {'name': 'term_end', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'status',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['PREPARING', 'APPROVED', 'ACTIVE', 'OVERDUE', 'DISSOLVED']},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [],
  'indexes': [['tenant_id', 'parent_id'], ['tenant_id', 'upper_id'], ['tenant_id', 'tier', 'status']],
  'references': [['parent_id', 'party_org'], ['id', 'organization']],
  'append_only': False},
 {'name': 'branch_coverage',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'branch_id', 'kind': 'UPWARD', 'null': False, 'choices': []},
              {'name': 'started_on', 'kind': 'DAY', 'null': False, 'choices': []},
              {'name': 'ended_on', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [],
  'indexes': [['tenant_id', 'branch_id']],
  'references': [],
  'append_only': False},
 {'name': 'party_membership',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'person_id', 'kind': 'REF', 'null': False, 'choices': []},
              {'name': 'org_id', 'kind': 'REF', 'null': True, 'choices': []},
              {'name': 'joint_org_id', 'kind': 'UPWARD', 'null': True, 'choices': []},
              {'name': 'type', 'kind': 'CHOICE', 'null': False, 'choices': ['FULL', 'PROBATIONARY']},
              {'name': 'relation',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['REGISTERED', 'REPORTED_IN', 'FLOATING_OUT', 'FLOATING_IN']},
              {'name': 'status',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['ACTIVE',
                           'TRANSFERRED',
                           'LOST_CONTACT',
                           'EXPELLED',
                           'WITHDRAWN',
                           'DECEASED']},
              {'name': 'joined_on', 'kind': 'PARTIAL_DATE', 'null': True, 'choices': []},
              {'name': 'confirmed_on', 'kind': 'PARTIAL_DATE', 'null': True, 'choices': []},
              {'name': 'voting_suspended', 'kind': 'FLAG', 'null': False, 'choices': []},
              {'name': 'is_verified', 'kind': 'FLAG', 'null': False, 'choices': []},
              {'name': 'employer', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'education', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'room_key', 'kind': 'CODE', 'null': True, 'choices': []},
              {'name': 'remark', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'started_on', 'kind': 'DAY', 'null': False, 'choices': []},
              {'name': 'ended_on', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'destination', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [],
  'indexes': [['tenant_id', 'person_id'],
              ['tenant_id', 'org_id'],
              ['tenant_id', 'joint_org_id'],
              ['tenant_id', 'status', 'relation', 'type'],
              ['tenant_id', 'org_id', 'status'],
              ['tenant_id', 'person_id', 'status']],
  'references': [['person_id', 'person'], ['org_id', 'party_org']],
  'append_only': False},
 {'name': 'dual_report',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'subject', 'kind': 'CHOICE', 'null': False, 'choices': ['PERSON', 'PARTY_UNIT']},
              {'name': 'person_id', 'kind': 'REF', 'null': True, 'choices': []},
              {'name': 'unit_name', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'employer', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'home_org', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'room_key', 'kind': 'CODE', 'null': True, 'choices': []},
              {'name': 'reported_on', 'kind': 'PARTIAL_DATE', 'null': True, 'choices': []},
              {'name': 'skills', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'claimed_posts', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'status',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['SUBMITTED', 'ACCEPTED', 'REJECTED', 'SERVING', 'APPRAISED', 'CLOSED']},
              {'name': 'reason', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'decided_on', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'membership_id', 'kind': 'REF', 'null': True, 'choices': []},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [],
  'indexes': [['tenant_id', 'person_id'], ['tenant_id', 'membership_id']],
  'references': [['person_id', 'person'], ['membership_id', 'party_membership']],
  'append_only': False},
 {'name': 'party_parameter',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'key', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'value', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'effective_on', 'kind': 'DAY', 'null': False, 'choices': []},
              {'name': 'basis', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'key', 'effective_on']],
  'indexes': [],
  'references': [],
  'append_only': False},
 {'name': 'party_counts',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'counter', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'district', 'kind': 'LONG', 'null': True, 'choices': []},
              {'name': 'subdistrict', 'kind': 'LONG', 'null': True, 'choices': []},
              {'name': 'community', 'kind': 'LONG', 'null': True, 'choices': []},
              {'name': 'full_members', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'probationary_members', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'reported_in', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'branches', 'kind': 'LONG', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'counter']],
  'indexes': [],
  'references': [],
  'append_only': False}]
# fmt: on


def statements(dialect: str) -> list[str]:
    """Return what runs on `dialect`."""
    return STATEMENTS[dialect]
