"""tenants: initial. Frozen by `yuanluo makemigration`; do not change it once applied."""

from __future__ import annotations

from typing import Any

# fmt: off
STATEMENTS: dict[str, list[str]] = {'sqlite': ['CREATE TABLE "node" (\n'
            '  "number" INTEGER NOT NULL CONSTRAINT "node_number_check" CHECK (typeof("number") = '
            '\'integer\' AND "number" BETWEEN -9007199254740991 AND 9007199254740991),\n'
            '  "kind" TEXT NOT NULL CONSTRAINT "node_kind_check" CHECK ("kind" IN (\'DISTRICT\', '
            "'SUBDISTRICT', 'COMMUNITY', 'GRID', 'COURTYARD')),\n"
            '  "code" TEXT NOT NULL,\n'
            '  "name" TEXT NOT NULL,\n'
            '  "parent" INTEGER CONSTRAINT "node_parent_check" CHECK ("parent" IS NULL OR '
            '(typeof("parent") = \'integer\' AND "parent" BETWEEN -9007199254740991 AND '
            '9007199254740991)),\n'
            '  "district" INTEGER CONSTRAINT "node_district_check" CHECK ("district" IS NULL OR '
            '(typeof("district") = \'integer\' AND "district" BETWEEN -9007199254740991 AND '
            '9007199254740991)),\n'
            '  "subdistrict" INTEGER CONSTRAINT "node_subdistrict_check" CHECK ("subdistrict" IS NULL '
            'OR (typeof("subdistrict") = \'integer\' AND "subdistrict" BETWEEN -9007199254740991 AND '
            '9007199254740991)),\n'
            '  "community" INTEGER CONSTRAINT "node_community_check" CHECK ("community" IS NULL OR '
            '(typeof("community") = \'integer\' AND "community" BETWEEN -9007199254740991 AND '
            '9007199254740991)),\n'
            '  "grid" INTEGER CONSTRAINT "node_grid_check" CHECK ("grid" IS NULL OR (typeof("grid") = '
            '\'integer\' AND "grid" BETWEEN -9007199254740991 AND 9007199254740991)),\n'
            '  "status" TEXT NOT NULL CONSTRAINT "node_status_check" CHECK ("status" IN (\'OPEN\', '
            "'CLOSED')),\n"
            '  PRIMARY KEY ("number")\n'
            ')',
            'CREATE TABLE "plugin_switch" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "plugin_switch_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "plugin" TEXT NOT NULL,\n'
            '  "off_since" MOMENT_TEXT NOT NULL CONSTRAINT "plugin_switch_off_since_check" CHECK '
            '("off_since" GLOB \'????-??-??T??:??:??.??????Z\'),\n'
            '  "off_by" TEXT,\n'
            '  PRIMARY KEY ("tenant_id", "id")\n'
            ')',
            'CREATE UNIQUE INDEX "node_code_key" ON "node" ("code")',
            'CREATE INDEX "node_district_index" ON "node" ("district")',
            'CREATE INDEX "node_subdistrict_index" ON "node" ("subdistrict")',
            'CREATE INDEX "node_community_index" ON "node" ("community")',
            'CREATE INDEX "node_parent_index" ON "node" ("parent")',
            'CREATE INDEX "node_grid_index" ON "node" ("grid")',
            'CREATE UNIQUE INDEX "plugin_switch_plugin_key" ON "plugin_switch" ("tenant_id", "plugin")'],
 'postgresql': ['CREATE TABLE "node" (\n'
                '  "number" bigint NOT NULL CONSTRAINT "node_number_check" CHECK ("number" BETWEEN '
                '-9007199254740991 AND 9007199254740991),\n'
                '  "kind" text COLLATE "C" NOT NULL CONSTRAINT "node_kind_check" CHECK ("kind" IN '
                "('DISTRICT', 'SUBDISTRICT', 'COMMUNITY', 'GRID', 'COURTYARD')),\n"
                '  "code" text COLLATE "C" NOT NULL,\n'
                '  "name" text COLLATE "C" NOT NULL,\n'
                '  "parent" bigint CONSTRAINT "node_parent_check" CHECK ("parent" BETWEEN '
                '-9007199254740991 AND 9007199254740991),\n'
                '  "district" bigint CONSTRAINT "node_district_check" CHECK ("district" BETWEEN '
                '-9007199254740991 AND 9007199254740991),\n'
                '  "subdistrict" bigint CONSTRAINT "node_subdistrict_check" CHECK ("subdistrict" '
                'BETWEEN -9007199254740991 AND 9007199254740991),\n'
                '  "community" bigint CONSTRAINT "node_community_check" CHECK ("community" BETWEEN '
                '-9007199254740991 AND 9007199254740991),\n'
                '  "grid" bigint CONSTRAINT "node_grid_check" CHECK ("grid" BETWEEN -9007199254740991 '
                'AND 9007199254740991),\n'
                '  "status" text COLLATE "C" NOT NULL CONSTRAINT "node_status_check" CHECK ("status" IN '
                "('OPEN', 'CLOSED')),\n"
                '  PRIMARY KEY ("number")\n'
                ')',
                'CREATE TABLE "plugin_switch" (\n'
                '  "tenant_id" bigint NOT NULL CONSTRAINT "plugin_switch_tenant_id_check" CHECK '
                '("tenant_id" BETWEEN 0 AND 9007199254740991),\n'
                '  "id" uuid NOT NULL,\n'
                '  "plugin" text COLLATE "C" NOT NULL,\n'
                '  "off_since" timestamptz NOT NULL,\n'
                '  "off_by" text COLLATE "C",\n'
                '  PRIMARY KEY ("tenant_id", "id")\n'
                ')',
                'CREATE UNIQUE INDEX "node_code_key" ON "node" ("code")',
                'CREATE INDEX "node_district_index" ON "node" ("district")',
                'CREATE INDEX "node_subdistrict_index" ON "node" ("subdistrict")',
                'CREATE INDEX "node_community_index" ON "node" ("community")',
                'CREATE INDEX "node_parent_index" ON "node" ("parent")',
                'CREATE INDEX "node_grid_index" ON "node" ("grid")',
                'CREATE UNIQUE INDEX "plugin_switch_plugin_key" ON "plugin_switch" ("tenant_id", '
                '"plugin")']}

SNAPSHOT: list[dict[str, Any]] = [{'name': 'node',
  'class': 'REFERENCE',
  'columns': [{'name': 'number', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'kind',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['DISTRICT', 'SUBDISTRICT', 'COMMUNITY', 'GRID', 'COURTYARD']},
              {'name': 'code', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'name', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'parent', 'kind': 'LONG', 'null': True, 'choices': []},
              {'name': 'district', 'kind': 'LONG', 'null': True, 'choices': []},
              {'name': 'subdistrict', 'kind': 'LONG', 'null': True, 'choices': []},
              {'name': 'community', 'kind': 'LONG', 'null': True, 'choices': []},
              {'name': 'grid', 'kind': 'LONG', 'null': True, 'choices': []},
              {'name': 'status', 'kind': 'CHOICE', 'null': False, 'choices': ['OPEN', 'CLOSED']}],
  'key': ['number'],
  'unique': [['code']],
  'indexes': [['district'], ['subdistrict'], ['community'], ['parent'], ['grid']],
  'references': [],
  'append_only': False},
 {'name': 'plugin_switch',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'plugin', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'off_since', 'kind': 'MOMENT', 'null': False, 'choices': []},
              {'name': 'off_by', 'kind': 'TEXT', 'null': True, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'plugin']],
  'indexes': [],
  'references': [],
  'append_only': False}]
# fmt: on


def statements(dialect: str) -> list[str]:
    """Return what runs on `dialect`."""
    return STATEMENTS[dialect]
