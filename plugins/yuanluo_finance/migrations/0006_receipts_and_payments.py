"""finance: receipts and payments. Frozen by `yuanluo makemigration`; do not change it once applied."""

from __future__ import annotations

from typing import Any

# fmt: off
STATEMENTS: dict[str, list[str]] = {'sqlite': ['CREATE UNIQUE INDEX "ledger_account_id_account_class_account_no_key" ON "ledger_account" '
            '("tenant_id", "id", "account_class", "account_no")',
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
            '  "publish_due_basis" TEXT CONSTRAINT "period_publish_due_basis_check" CHECK '
            '("publish_due_basis" IN (\'DAY_OF_MONTH\', \'AFTER_CLOSING\')),\n'
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
            '"closing_fen", "statement_hash", "close_due_on", "publish_due_on", "publish_due_basis", '
            '"prepared_by", "confirmed_by", "closed_on", "closed_on_time", "published_on", '
            '"published_on_time", "revision") SELECT "tenant_id", "id", "month", "first_day", '
            '"last_day", "year_last_day", "status", "brought_in_fen", "opening_fen", "income_fen", '
            '"expense_fen", "closing_fen", "statement_hash", "close_due_on", "publish_due_on", NULL, '
            '"prepared_by", "confirmed_by", "closed_on", "closed_on_time", "published_on", '
            '"published_on_time", "revision" FROM "period"',
            'DROP TABLE "period"',
            'ALTER TABLE "yuanluo_new_period" RENAME TO "period"',
            'CREATE UNIQUE INDEX "period_month_key" ON "period" ("tenant_id", "month")',
            'CREATE UNIQUE INDEX "voucher_id_kind_key" ON "voucher" ("tenant_id", "id", "kind")',
            'CREATE TABLE "yuanluo_new_ledger_entry" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "ledger_entry_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "voucher_id" UUID_TEXT NOT NULL,\n'
            '  "kind" TEXT NOT NULL CONSTRAINT "ledger_entry_kind_check" CHECK ("kind" IN (\'RECEIPT\', '
            "'PAYMENT', 'TRANSFER')),\n"
            '  "line_no" INTEGER NOT NULL CONSTRAINT "ledger_entry_line_no_check" CHECK '
            '(typeof("line_no") = \'integer\' AND "line_no" BETWEEN -2147483648 AND 2147483647),\n'
            '  "fund_id" UUID_TEXT NOT NULL,\n'
            '  "account_id" UUID_TEXT NOT NULL,\n'
            '  "account_class" TEXT NOT NULL CONSTRAINT "ledger_entry_account_class_check" CHECK '
            '("account_class" IN (\'MONEY\', \'RECEIVABLE\', \'LIABILITY\', \'NET_ASSETS\', \'INCOME\', '
            "'EXPENSE')),\n"
            '  "account_no" TEXT NOT NULL,\n'
            '  "month" TEXT NOT NULL,\n'
            '  "entry_date" TEXT CONSTRAINT "ledger_entry_entry_date_check" CHECK ("entry_date" IS NULL '
            'OR (length("entry_date") IN (4, 7, 10) AND ("entry_date" || substr(\'0001-01-01\', '
            'length("entry_date") + 1)) IS date("entry_date" || substr(\'0001-01-01\', '
            'length("entry_date") + 1)))),\n'
            '  "debit_fen" INTEGER NOT NULL CONSTRAINT "ledger_entry_debit_fen_check" CHECK '
            '(typeof("debit_fen") = \'integer\' AND "debit_fen" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "credit_fen" INTEGER NOT NULL CONSTRAINT "ledger_entry_credit_fen_check" CHECK '
            '(typeof("credit_fen") = \'integer\' AND "credit_fen" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "net_fen" INTEGER NOT NULL CONSTRAINT "ledger_entry_net_fen_check" CHECK '
            '(typeof("net_fen") = \'integer\' AND "net_fen" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id"),\n'
            '  CONSTRAINT "ledger_entry_receipts_pay_nothing_check" CHECK ("kind" <> \'RECEIPT\' OR '
            '"account_class" <> \'EXPENSE\'),\n'
            '  CONSTRAINT "ledger_entry_payments_take_nothing_in_check" CHECK ("kind" <> \'PAYMENT\' OR '
            '"account_class" <> \'INCOME\'),\n'
            '  CONSTRAINT "ledger_entry_transfers_move_money_check" CHECK ("kind" <> \'TRANSFER\' OR '
            '"account_class" NOT IN (\'INCOME\', \'EXPENSE\') OR "account_no" IN (\'4108\', '
            "'5108')),\n"
            '  FOREIGN KEY ("tenant_id", "voucher_id", "kind") REFERENCES "voucher" ("tenant_id", "id", '
            '"kind"),\n'
            '  FOREIGN KEY ("tenant_id", "fund_id") REFERENCES "fund" ("tenant_id", "id"),\n'
            '  FOREIGN KEY ("tenant_id", "account_id", "account_class", "account_no") REFERENCES '
            '"ledger_account" ("tenant_id", "id", "account_class", "account_no")\n'
            ')',
            'INSERT INTO "yuanluo_new_ledger_entry" ("tenant_id", "id", "voucher_id", "kind", '
            '"line_no", "fund_id", "account_id", "account_class", "account_no", "month", "entry_date", '
            '"debit_fen", "credit_fen", "net_fen") SELECT "tenant_id", "id", "voucher_id", (SELECT '
            'r."kind" FROM "voucher" r WHERE r."tenant_id" = "ledger_entry"."tenant_id" AND r."id" = '
            '"ledger_entry"."voucher_id"), "line_no", "fund_id", "account_id", "account_class", (SELECT '
            'r."account_no" FROM "ledger_account" r WHERE r."tenant_id" = "ledger_entry"."tenant_id" '
            'AND r."id" = "ledger_entry"."account_id"), "month", "entry_date", "debit_fen", '
            '"credit_fen", "net_fen" FROM "ledger_entry"',
            'DROP TABLE "ledger_entry"',
            'ALTER TABLE "yuanluo_new_ledger_entry" RENAME TO "ledger_entry"',
            'CREATE INDEX "ledger_entry_voucher_id_month_entry_date_line_no_id_index" ON "ledger_entry" '
            '("tenant_id", "voucher_id", "month", "entry_date", "line_no", "id")',
            'CREATE INDEX "ledger_entry_account_id_month_entry_date_line_no_id_index" ON "ledger_entry" '
            '("tenant_id", "account_id", "month", "entry_date", "line_no", "id")',
            'CREATE INDEX "ledger_entry_fund_id_net_fen_index" ON "ledger_entry" ("tenant_id", '
            '"fund_id", "net_fen")'],
 'postgresql': ['ALTER TABLE "period" ADD COLUMN "publish_due_basis" text COLLATE "C" CONSTRAINT '
                '"period_publish_due_basis_check" CHECK ("publish_due_basis" IN (\'DAY_OF_MONTH\', '
                "'AFTER_CLOSING'))",
                'ALTER TABLE "ledger_entry" ADD COLUMN "kind" text COLLATE "C" CONSTRAINT '
                '"ledger_entry_kind_check" CHECK ("kind" IN (\'RECEIPT\', \'PAYMENT\', \'TRANSFER\'))',
                'ALTER TABLE "ledger_entry" NO FORCE ROW LEVEL SECURITY',
                'ALTER TABLE "voucher" NO FORCE ROW LEVEL SECURITY',
                'UPDATE "ledger_entry" SET "kind" = (SELECT r."kind" FROM "voucher" r WHERE '
                'r."tenant_id" = "ledger_entry"."tenant_id" AND r."id" = "ledger_entry"."voucher_id")',
                'ALTER TABLE "ledger_entry" FORCE ROW LEVEL SECURITY',
                'ALTER TABLE "voucher" FORCE ROW LEVEL SECURITY',
                'ALTER TABLE "ledger_entry" ALTER COLUMN "kind" SET NOT NULL',
                'ALTER TABLE "ledger_entry" ADD COLUMN "account_no" text COLLATE "C"',
                'ALTER TABLE "ledger_entry" NO FORCE ROW LEVEL SECURITY',
                'ALTER TABLE "ledger_account" NO FORCE ROW LEVEL SECURITY',
                'UPDATE "ledger_entry" SET "account_no" = (SELECT r."account_no" FROM "ledger_account" '
                'r WHERE r."tenant_id" = "ledger_entry"."tenant_id" AND r."id" = '
                '"ledger_entry"."account_id")',
                'ALTER TABLE "ledger_entry" FORCE ROW LEVEL SECURITY',
                'ALTER TABLE "ledger_account" FORCE ROW LEVEL SECURITY',
                'ALTER TABLE "ledger_entry" ALTER COLUMN "account_no" SET NOT NULL',
                'ALTER TABLE "ledger_entry" ADD CONSTRAINT "ledger_entry_receipts_pay_nothing_check" '
                'CHECK ("kind" <> \'RECEIPT\' OR "account_class" <> \'EXPENSE\')',
                'ALTER TABLE "ledger_entry" ADD CONSTRAINT '
                '"ledger_entry_payments_take_nothing_in_check" CHECK ("kind" <> \'PAYMENT\' OR '
                '"account_class" <> \'INCOME\')',
                'ALTER TABLE "ledger_entry" ADD CONSTRAINT "ledger_entry_transfers_move_money_check" '
                'CHECK ("kind" <> \'TRANSFER\' OR "account_class" NOT IN (\'INCOME\', \'EXPENSE\') OR '
                '"account_no" IN (\'4108\', \'5108\'))',
                'ALTER TABLE "ledger_entry" DROP CONSTRAINT IF EXISTS "ledger_entry_voucher_id_fkey"',
                'ALTER TABLE "ledger_entry" DROP CONSTRAINT IF EXISTS "ledger_entry_account_id_fkey"',
                'CREATE UNIQUE INDEX "ledger_account_id_account_class_account_no_key" ON '
                '"ledger_account" ("tenant_id", "id", "account_class", "account_no")',
                'CREATE UNIQUE INDEX "voucher_id_kind_key" ON "voucher" ("tenant_id", "id", "kind")',
                'ALTER TABLE "ledger_entry" ADD CONSTRAINT "ledger_entry_voucher_id_fkey" FOREIGN KEY '
                '("tenant_id", "voucher_id", "kind") REFERENCES "voucher" ("tenant_id", "id", "kind")',
                'ALTER TABLE "ledger_entry" ADD CONSTRAINT "ledger_entry_account_id_fkey" FOREIGN KEY '
                '("tenant_id", "account_id", "account_class", "account_no") REFERENCES "ledger_account" '
                '("tenant_id", "id", "account_class", "account_no")']}

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
  'unique': [['tenant_id', 'account_no'], ['tenant_id', 'id', 'account_class', 'account_no']],
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
              {'name': 'publish_due_basis',
               'kind': 'CHOICE',
               'null': True,
               'choices': ['DAY_OF_MONTH', 'AFTER_CLOSING']},
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
  'indexes': [['tenant_id', 'period_id', 'month', 'id'], ['tenant_id', 'fund_id', 'month', 'id']],
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
  'unique': [['tenant_id', 'reverses_id'],
             ['tenant_id', 'year', 'kind', 'number'],
             ['tenant_id', 'id', 'kind']],
  'indexes': [['tenant_id', 'period_id', 'month', 'entry_date', 'id']],
  'references': [['period_id', 'period'], ['reverses_id', 'voucher']],
  'append_only': True},
 {'name': 'ledger_entry',
  'class': 'TENANT',
  'columns': [{'name': 'tenant_id', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'id', 'kind': 'UUID', 'null': False, 'choices': []},
              {'name': 'voucher_id', 'kind': 'REF', 'null': False, 'choices': []},
              {'name': 'kind',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['RECEIPT', 'PAYMENT', 'TRANSFER']},
              {'name': 'line_no', 'kind': 'INTEGER', 'null': False, 'choices': []},
              {'name': 'fund_id', 'kind': 'REF', 'null': False, 'choices': []},
              {'name': 'account_id', 'kind': 'REF', 'null': False, 'choices': []},
              {'name': 'account_class',
               'kind': 'CHOICE',
               'null': False,
               'choices': ['MONEY', 'RECEIVABLE', 'LIABILITY', 'NET_ASSETS', 'INCOME', 'EXPENSE']},
              {'name': 'account_no', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'month', 'kind': 'CODE', 'null': False, 'choices': []},
              {'name': 'entry_date', 'kind': 'PARTIAL_DATE', 'null': True, 'choices': []},
              {'name': 'debit_fen', 'kind': 'FEN', 'null': False, 'choices': []},
              {'name': 'credit_fen', 'kind': 'FEN', 'null': False, 'choices': []},
              {'name': 'net_fen', 'kind': 'FEN', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [],
  'indexes': [['tenant_id', 'voucher_id', 'month', 'entry_date', 'line_no', 'id'],
              ['tenant_id', 'account_id', 'month', 'entry_date', 'line_no', 'id'],
              ['tenant_id', 'fund_id', 'net_fen']],
  'references': [['voucher_id', 'voucher'], ['fund_id', 'fund'], ['account_id', 'ledger_account']],
  'append_only': True,
  'checks': [['receipts_pay_nothing', '"kind" <> \'RECEIPT\' OR "account_class" <> \'EXPENSE\''],
             ['payments_take_nothing_in', '"kind" <> \'PAYMENT\' OR "account_class" <> \'INCOME\''],
             ['transfers_move_money',
              '"kind" <> \'TRANSFER\' OR "account_class" NOT IN (\'INCOME\', \'EXPENSE\') OR '
              '"account_no" IN (\'4108\', \'5108\')']],
  'agreeing': [['voucher_id', ['kind']], ['account_id', ['account_class', 'account_no']]]},
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
              {'name': 'balance_fen', 'kind': 'FEN', 'null': False, 'choices': []},
              {'name': 'months_published', 'kind': 'LONG', 'null': False, 'choices': []},
              {'name': 'months_on_time', 'kind': 'LONG', 'null': False, 'choices': []}],
  'key': ['tenant_id', 'id'],
  'unique': [['tenant_id', 'counter']],
  'indexes': [],
  'references': [],
  'append_only': False}]
# fmt: on


def statements(dialect: str) -> list[str]:
    """Return what runs on `dialect`."""
    return STATEMENTS[dialect]
