"""finance: revisions. Frozen by `yuanluo makemigration`; do not change it once applied."""

from __future__ import annotations

from typing import Any

# fmt: off
STATEMENTS: dict[str, list[str]] = {'sqlite': ['CREATE TABLE "yuanluo_new_fund" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "fund_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "kind" TEXT NOT NULL CONSTRAINT "fund_kind_check" CHECK ("kind" IN '
            "('SPECIAL_MAINTENANCE', 'PUBLIC_REVENUE', 'SELF_MANAGED_FEES', 'COMMUNITY_SUPPORT', "
            "'COMMUNITY_INCENTIVE', 'DONATION', 'RENOVATION_GRANT')),\n"
            '  "name" TEXT NOT NULL,\n'
            '  "custody" TEXT NOT NULL CONSTRAINT "fund_custody_check" CHECK ("custody" IN '
            "('COURTYARD', 'SPECIAL_ACCOUNT', 'COMMUNITY', 'MEMO')),\n"
            '  "status" TEXT NOT NULL CONSTRAINT "fund_status_check" CHECK ("status" IN (\'OPEN\', '
            "'CLOSED')),\n"
            '  "purpose" TEXT,\n'
            '  "opened_on" DAY_TEXT NOT NULL CONSTRAINT "fund_opened_on_check" CHECK ("opened_on" IS '
            'date("opened_on")),\n'
            '  "revision" INTEGER NOT NULL CONSTRAINT "fund_revision_check" CHECK (typeof("revision") = '
            '\'integer\' AND "revision" BETWEEN -9007199254740991 AND 9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id")\n'
            ')',
            'INSERT INTO "yuanluo_new_fund" ("tenant_id", "id", "kind", "name", "custody", "status", '
            '"purpose", "opened_on", "revision") SELECT "tenant_id", "id", "kind", "name", "custody", '
            '"status", "purpose", "opened_on", 0 FROM "fund"',
            'DROP TABLE "fund"',
            'ALTER TABLE "yuanluo_new_fund" RENAME TO "fund"',
            'CREATE UNIQUE INDEX "fund_name_key" ON "fund" ("tenant_id", "name")',
            'CREATE TABLE "yuanluo_new_ledger_account" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "ledger_account_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "account_no" TEXT NOT NULL,\n'
            '  "name" TEXT NOT NULL,\n'
            '  "account_class" TEXT NOT NULL CONSTRAINT "ledger_account_account_class_check" CHECK '
            '("account_class" IN (\'MONEY\', \'RECEIVABLE\', \'LIABILITY\', \'NET_ASSETS\', \'INCOME\', '
            "'EXPENSE')),\n"
            '  "revision" INTEGER NOT NULL CONSTRAINT "ledger_account_revision_check" CHECK '
            '(typeof("revision") = \'integer\' AND "revision" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id")\n'
            ')',
            'INSERT INTO "yuanluo_new_ledger_account" ("tenant_id", "id", "account_no", "name", '
            '"account_class", "revision") SELECT "tenant_id", "id", "account_no", "name", '
            '"account_class", 0 FROM "ledger_account"',
            'DROP TABLE "ledger_account"',
            'ALTER TABLE "yuanluo_new_ledger_account" RENAME TO "ledger_account"',
            'CREATE UNIQUE INDEX "ledger_account_account_no_key" ON "ledger_account" ("tenant_id", '
            '"account_no")',
            'CREATE TABLE "yuanluo_new_period" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "period_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "month" TEXT NOT NULL,\n'
            '  "first_day" DAY_TEXT NOT NULL CONSTRAINT "period_first_day_check" CHECK ("first_day" IS '
            'date("first_day")),\n'
            '  "last_day" DAY_TEXT NOT NULL CONSTRAINT "period_last_day_check" CHECK ("last_day" IS '
            'date("last_day")),\n'
            '  "year_last_day" DAY_TEXT NOT NULL CONSTRAINT "period_year_last_day_check" CHECK '
            '("year_last_day" IS date("year_last_day")),\n'
            '  "status" TEXT NOT NULL CONSTRAINT "period_status_check" CHECK ("status" IN (\'OPEN\', '
            "'CLOSING', 'CLOSED', 'PUBLISHED')),\n"
            '  "brought_in_fen" INTEGER NOT NULL CONSTRAINT "period_brought_in_fen_check" CHECK '
            '(typeof("brought_in_fen") = \'integer\' AND "brought_in_fen" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "opening_fen" INTEGER NOT NULL CONSTRAINT "period_opening_fen_check" CHECK '
            '(typeof("opening_fen") = \'integer\' AND "opening_fen" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "income_fen" INTEGER NOT NULL CONSTRAINT "period_income_fen_check" CHECK '
            '(typeof("income_fen") = \'integer\' AND "income_fen" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "expense_fen" INTEGER NOT NULL CONSTRAINT "period_expense_fen_check" CHECK '
            '(typeof("expense_fen") = \'integer\' AND "expense_fen" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "closing_fen" INTEGER NOT NULL CONSTRAINT "period_closing_fen_check" CHECK '
            '(typeof("closing_fen") = \'integer\' AND "closing_fen" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "statement_hash" TEXT,\n'
            '  "close_due_on" DAY_TEXT NOT NULL CONSTRAINT "period_close_due_on_check" CHECK '
            '("close_due_on" IS date("close_due_on")),\n'
            '  "publish_due_on" DAY_TEXT NOT NULL CONSTRAINT "period_publish_due_on_check" CHECK '
            '("publish_due_on" IS date("publish_due_on")),\n'
            '  "prepared_by" TEXT,\n'
            '  "confirmed_by" TEXT,\n'
            '  "closed_on" DAY_TEXT CONSTRAINT "period_closed_on_check" CHECK ("closed_on" IS NULL OR '
            '"closed_on" IS date("closed_on")),\n'
            '  "closed_on_time" FLAG_INTEGER CONSTRAINT "period_closed_on_time_check" CHECK '
            '("closed_on_time" IN (0, 1)),\n'
            '  "published_on" DAY_TEXT CONSTRAINT "period_published_on_check" CHECK ("published_on" IS '
            'NULL OR "published_on" IS date("published_on")),\n'
            '  "published_on_time" FLAG_INTEGER CONSTRAINT "period_published_on_time_check" CHECK '
            '("published_on_time" IN (0, 1)),\n'
            '  "revision" INTEGER NOT NULL CONSTRAINT "period_revision_check" CHECK (typeof("revision") '
            '= \'integer\' AND "revision" BETWEEN -9007199254740991 AND 9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id")\n'
            ')',
            'INSERT INTO "yuanluo_new_period" ("tenant_id", "id", "month", "first_day", "last_day", '
            '"year_last_day", "status", "brought_in_fen", "opening_fen", "income_fen", "expense_fen", '
            '"closing_fen", "statement_hash", "close_due_on", "publish_due_on", "prepared_by", '
            '"confirmed_by", "closed_on", "closed_on_time", "published_on", "published_on_time", '
            '"revision") SELECT "tenant_id", "id", "month", "first_day", "last_day", "year_last_day", '
            '"status", "brought_in_fen", "opening_fen", "income_fen", "expense_fen", "closing_fen", '
            '"statement_hash", "close_due_on", "publish_due_on", "prepared_by", "confirmed_by", '
            '"closed_on", "closed_on_time", "published_on", "published_on_time", 0 FROM "period"',
            'DROP TABLE "period"',
            'ALTER TABLE "yuanluo_new_period" RENAME TO "period"',
            'CREATE UNIQUE INDEX "period_month_key" ON "period" ("tenant_id", "month")',
            'CREATE TABLE "yuanluo_new_statement" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "statement_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "period_id" UUID_TEXT NOT NULL,\n'
            '  "fund_id" UUID_TEXT NOT NULL,\n'
            '  "month" TEXT NOT NULL,\n'
            '  "brought_in_fen" INTEGER NOT NULL CONSTRAINT "statement_brought_in_fen_check" CHECK '
            '(typeof("brought_in_fen") = \'integer\' AND "brought_in_fen" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "opening_fen" INTEGER NOT NULL CONSTRAINT "statement_opening_fen_check" CHECK '
            '(typeof("opening_fen") = \'integer\' AND "opening_fen" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "income_fen" INTEGER NOT NULL CONSTRAINT "statement_income_fen_check" CHECK '
            '(typeof("income_fen") = \'integer\' AND "income_fen" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "expense_fen" INTEGER NOT NULL CONSTRAINT "statement_expense_fen_check" CHECK '
            '(typeof("expense_fen") = \'integer\' AND "expense_fen" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "closing_fen" INTEGER NOT NULL CONSTRAINT "statement_closing_fen_check" CHECK '
            '(typeof("closing_fen") = \'integer\' AND "closing_fen" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "revision" INTEGER NOT NULL CONSTRAINT "statement_revision_check" CHECK '
            '(typeof("revision") = \'integer\' AND "revision" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "period_id") REFERENCES "period" ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "fund_id") REFERENCES "fund" ("tenant_id", "id")\n'
            ')',
            'INSERT INTO "yuanluo_new_statement" ("tenant_id", "id", "period_id", "fund_id", "month", '
            '"brought_in_fen", "opening_fen", "income_fen", "expense_fen", "closing_fen", "revision") '
            'SELECT "tenant_id", "id", "period_id", "fund_id", "month", "brought_in_fen", '
            '"opening_fen", "income_fen", "expense_fen", "closing_fen", 0 FROM "statement"',
            'DROP TABLE "statement"',
            'ALTER TABLE "yuanluo_new_statement" RENAME TO "statement"',
            'CREATE UNIQUE INDEX "statement_month_fund_id_key" ON "statement" ("tenant_id", "month", '
            '"fund_id")',
            'CREATE INDEX "statement_period_id_index" ON "statement" ("tenant_id", "period_id")',
            'CREATE INDEX "statement_fund_id_index" ON "statement" ("tenant_id", "fund_id")',
            'CREATE TABLE "yuanluo_new_voucher_draft" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "voucher_draft_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "number" INTEGER NOT NULL CONSTRAINT "voucher_draft_number_check" CHECK '
            '(typeof("number") = \'integer\' AND "number" BETWEEN -2147483648 AND 2147483647),\n'
            '  "kind" TEXT NOT NULL CONSTRAINT "voucher_draft_kind_check" CHECK ("kind" IN '
            "('RECEIPT', 'PAYMENT', 'TRANSFER')),\n"
            '  "year" INTEGER NOT NULL CONSTRAINT "voucher_draft_year_check" CHECK (typeof("year") = '
            '\'integer\' AND "year" BETWEEN -2147483648 AND 2147483647),\n'
            '  "month" TEXT NOT NULL,\n'
            '  "entry_date" TEXT CONSTRAINT "voucher_draft_entry_date_check" CHECK ("entry_date" IS '
            'NULL OR (length("entry_date") IN (4, 7, 10) AND ("entry_date" || substr(\'0001-01-01\', '
            'length("entry_date") + 1)) IS date("entry_date" || substr(\'0001-01-01\', '
            'length("entry_date") + 1)))),\n'
            '  "summary" TEXT NOT NULL,\n'
            '  "handler" TEXT,\n'
            '  "external_no" TEXT,\n'
            '  "basis" TEXT,\n'
            '  "lines" TEXT NOT NULL,\n'
            '  "revision" INTEGER NOT NULL CONSTRAINT "voucher_draft_revision_check" CHECK '
            '(typeof("revision") = \'integer\' AND "revision" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id")\n'
            ')',
            'INSERT INTO "yuanluo_new_voucher_draft" ("tenant_id", "id", "number", "kind", "year", '
            '"month", "entry_date", "summary", "handler", "external_no", "basis", "lines", "revision") '
            'SELECT "tenant_id", "id", "number", "kind", "year", "month", "entry_date", "summary", '
            '"handler", "external_no", "basis", "lines", 0 FROM "voucher_draft"',
            'DROP TABLE "voucher_draft"',
            'ALTER TABLE "yuanluo_new_voucher_draft" RENAME TO "voucher_draft"',
            'CREATE UNIQUE INDEX "voucher_draft_year_kind_number_key" ON "voucher_draft" ("tenant_id", '
            '"year", "kind", "number")'],
 'postgresql': ['ALTER TABLE "fund" ADD COLUMN "revision" bigint NOT NULL DEFAULT 0 CONSTRAINT '
                '"fund_revision_check" CHECK ("revision" BETWEEN -9007199254740991 AND '
                '9007199254740991)',
                'ALTER TABLE "fund" ALTER COLUMN "revision" DROP DEFAULT',
                'ALTER TABLE "ledger_account" ADD COLUMN "revision" bigint NOT NULL DEFAULT 0 '
                'CONSTRAINT "ledger_account_revision_check" CHECK ("revision" BETWEEN -9007199254740991 '
                'AND 9007199254740991)',
                'ALTER TABLE "ledger_account" ALTER COLUMN "revision" DROP DEFAULT',
                'ALTER TABLE "period" ADD COLUMN "revision" bigint NOT NULL DEFAULT 0 CONSTRAINT '
                '"period_revision_check" CHECK ("revision" BETWEEN -9007199254740991 AND '
                '9007199254740991)',
                'ALTER TABLE "period" ALTER COLUMN "revision" DROP DEFAULT',
                'ALTER TABLE "statement" ADD COLUMN "revision" bigint NOT NULL DEFAULT 0 CONSTRAINT '
                '"statement_revision_check" CHECK ("revision" BETWEEN -9007199254740991 AND '
                '9007199254740991)',
                'ALTER TABLE "statement" ALTER COLUMN "revision" DROP DEFAULT',
                'ALTER TABLE "voucher_draft" ADD COLUMN "revision" bigint NOT NULL DEFAULT 0 CONSTRAINT '
                '"voucher_draft_revision_check" CHECK ("revision" BETWEEN -9007199254740991 AND '
                '9007199254740991)',
                'ALTER TABLE "voucher_draft" ALTER COLUMN "revision" DROP DEFAULT']}

SNAPSHOT: list[dict[str, Any]] = [{'name': 'fund',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'kind',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['SPECIAL_MAINTENANCE',
                           'PUBLIC_REVENUE',
                           'SELF_MANAGED_FEES',
                           'COMMUNITY_SUPPORT',
                           'COMMUNITY_INCENTIVE',
                           'DONATION',
                           'RENOVATION_GRANT']},
              {'name': 'name', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'custody',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['COURTYARD', 'SPECIAL_ACCOUNT', 'COMMUNITY', 'MEMO']},
              {'name': 'status', 'kind': 'CHOICE', 'null': False, 'choices': ['OPEN', 'CLOSED']},
              {'name': 'purpose', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'opened_on', 'kind': 'DAY', 'null': False, 'choices': []},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'name']],
  'indexes': [],
  'references': [],
  'append_only': False},
 {'name': 'ledger_account',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'account_no', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'name', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'account_class',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['MONEY', 'RECEIVABLE', 'LIABILITY', 'NET_ASSETS', 'INCOME', 'EXPENSE']},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'account_no']],
  'indexes': [],
  'references': [],
  'append_only': False},
 {'name': 'period',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'month', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'first_day', 'kind': 'DAY', 'null': False, 'choices': []},
              {'name': 'last_day', 'kind': 'DAY', 'null': False, 'choices': []},
              {'name': 'year_last_day', 'kind': 'DAY', 'null': False, 'choices': []},
              {'name': 'status',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['OPEN', 'CLOSING', 'CLOSED', 'PUBLISHED']},
              {'name': 'brought_in_fen', 'kind': 'FEN', 'null': False, 'choices': []},
              {'name': 'opening_fen', 'kind': 'FEN', 'null': False, 'choices': []},
              {'name': 'income_fen', 'kind': 'FEN', 'null': False, 'choices': []},
              {'name': 'expense_fen', 'kind': 'FEN', 'null': False, 'choices': []},
              {'name': 'closing_fen', 'kind': 'FEN', 'null': False, 'choices': []},
              {'name': 'statement_hash', 'kind': 'CODE', 'null': True, 'choices': []},
              {'name': 'close_due_on', 'kind': 'DAY', 'null': False, 'choices': []},
              {'name': 'publish_due_on', 'kind': 'DAY', 'null': False, 'choices': []},
              {'name': 'prepared_by', 'kind': 'CODE', 'null': True, 'choices': []},
              {'name': 'confirmed_by', 'kind': 'CODE', 'null': True, 'choices': []},
              {'name': 'closed_on', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'closed_on_time', 'kind': 'FLAG', 'null': True, 'choices': []},
              {'name': 'published_on', 'kind': 'DAY', 'null': True, 'choices': []},
              {'name': 'published_on_time', 'kind': 'FLAG', 'null': True, 'choices': []},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'month']],
  'indexes': [],
  'references': [],
  'append_only': False},
 {'name': 'statement',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'period_id', 'kind': 'REF', 'null': False, 'choices': []},
              {'name': 'fund_id', 'kind': 'REF', 'null': False, 'choices': []},
              {'name': 'month', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'brought_in_fen', 'kind': 'FEN', 'null': False, 'choices': []},
              {'name': 'opening_fen', 'kind': 'FEN', 'null': False, 'choices': []},
              {'name': 'income_fen', 'kind': 'FEN', 'null': False, 'choices': []},
              {'name': 'expense_fen', 'kind': 'FEN', 'null': False, 'choices': []},
              {'name': 'closing_fen', 'kind': 'FEN', 'null': False, 'choices': []},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'month', 'fund_id']],
  'indexes': [['tenant_id', 'period_id'], ['tenant_id', 'fund_id']],
  'references': [['period_id', 'period'], ['fund_id', 'fund']],
  'append_only': False},
 {'name': 'voucher',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'number', 'kind': 'INTEGER', 'null': False, 'choices': []},
              {'name': 'kind',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['RECEIPT', 'PAYMENT', 'TRANSFER']},
              {'name': 'year', 'kind': 'INTEGER', 'null': False, 'choices': []},
              {'name': 'period_id', 'kind': 'REF', 'null': False, 'choices': []},
              {'name': 'month', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'entry_date', 'kind': 'PARTIAL_DATE', 'null': True, 'choices': []},
              {'name': 'summary', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'amount_fen', 'kind': 'FEN', 'null': False, 'choices': []},
              {'name': 'handler', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'external_no', 'kind': 'CODE', 'null': True, 'choices': []},
              {'name': 'status',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['DRAFT', 'POSTED', 'VOIDED']},
              {'name': 'is_opening', 'kind': 'FLAG', 'null': False, 'choices': []},
              {'name': 'reverses_id', 'kind': 'REF', 'null': True, 'choices': []},
              {'name': 'reason', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'basis', 'kind': 'TEXT', 'null': True, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'reverses_id'], ['tenant_id', 'year', 'kind', 'number']],
  'indexes': [['tenant_id', 'period_id']],
  'references': [['period_id', 'period'], ['reverses_id', 'voucher']],
  'append_only': True},
 {'name': 'ledger_entry',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'voucher_id', 'kind': 'REF', 'null': False, 'choices': []},
              {'name': 'line_no', 'kind': 'INTEGER', 'null': False, 'choices': []},
              {'name': 'fund_id', 'kind': 'REF', 'null': False, 'choices': []},
              {'name': 'account_id', 'kind': 'REF', 'null': False, 'choices': []},
              {'name': 'account_class',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['MONEY', 'RECEIVABLE', 'LIABILITY', 'NET_ASSETS', 'INCOME', 'EXPENSE']},
              {'name': 'month', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'entry_date', 'kind': 'PARTIAL_DATE', 'null': True, 'choices': []},
              {'name': 'debit_fen', 'kind': 'FEN', 'null': False, 'choices': []},
              {'name': 'credit_fen', 'kind': 'FEN', 'null': False, 'choices': []},
              {'name': 'net_fen', 'kind': 'FEN', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [],
  'indexes': [['tenant_id', 'voucher_id'], ['tenant_id', 'fund_id'], ['tenant_id', 'account_id']],
  'references': [['voucher_id', 'voucher'], ['fund_id', 'fund'], ['account_id', 'ledger_account']],
  'append_only': True},
 {'name': 'voucher_draft',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'number', 'kind': 'INTEGER', 'null': False, 'choices': []},
              {'name': 'kind',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['RECEIPT', 'PAYMENT', 'TRANSFER']},
              {'name': 'year', 'kind': 'INTEGER', 'null': False, 'choices': []},
              {'name': 'month', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'entry_date', 'kind': 'PARTIAL_DATE', 'null': True, 'choices': []},
              {'name': 'summary', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'handler', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'external_no', 'kind': 'CODE', 'null': True, 'choices': []},
              {'name': 'basis', 'kind': 'TEXT', 'null': True, 'choices': []},
              {'name': 'lines', 'kind': 'TEXT', 'null': False, 'choices': []},
              {'name': 'revision', 'kind': 'LONG', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'year', 'kind', 'number']],
  'indexes': [],
  'references': [],
  'append_only': False},
 {'name': 'finance_counts',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'counter', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'district', 'kind': 'LONG', 'null': True, 'choices': []},
              {'name': 'subdistrict', 'kind': 'LONG', 'null': True, 'choices': []},
              {'name': 'community', 'kind': 'LONG', 'null': True, 'choices': []},
              {'name': 'vouchers', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'income_fen', 'kind': 'FEN', 'null': False, 'choices': []},
              {'name': 'expense_fen', 'kind': 'FEN', 'null': False, 'choices': []},
              {'name': 'balance_fen', 'kind': 'FEN', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'counter']],
  'indexes': [],
  'references': [],
  'append_only': False}]
# fmt: on


def statements(dialect: str) -> list[str]:
    """Return what runs on `dialect`."""
    return STATEMENTS[dialect]
