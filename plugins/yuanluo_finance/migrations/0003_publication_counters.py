"""finance: publication counters. Frozen by `yuanluo makemigration`; do not change it once applied."""

from __future__ import annotations

from typing import Any

# fmt: off
STATEMENTS: dict[str, list[str]] = {'sqlite': ['CREATE TABLE "yuanluo_new_finance_counts" (\n'
            '  "tenant_id" INTEGER NOT NULL CONSTRAINT "finance_counts_tenant_id_check" CHECK '
            '(typeof("tenant_id") = \'integer\' AND "tenant_id" BETWEEN 0 AND 9007199254740991),\n'
            '  "id" UUID_TEXT NOT NULL,\n'
            '  "counter" TEXT NOT NULL,\n'
            '  "district" INTEGER CONSTRAINT "finance_counts_district_check" CHECK ("district" IS NULL '
            'OR (typeof("district") = \'integer\' AND "district" BETWEEN -9007199254740991 AND '
            '9007199254740991)),\n'
            '  "subdistrict" INTEGER CONSTRAINT "finance_counts_subdistrict_check" CHECK ("subdistrict" '
            'IS NULL OR (typeof("subdistrict") = \'integer\' AND "subdistrict" BETWEEN '
            '-9007199254740991 AND 9007199254740991)),\n'
            '  "community" INTEGER CONSTRAINT "finance_counts_community_check" CHECK ("community" IS '
            'NULL OR (typeof("community") = \'integer\' AND "community" BETWEEN -9007199254740991 AND '
            '9007199254740991)),\n'
            '  "vouchers" INTEGER NOT NULL CONSTRAINT "finance_counts_vouchers_check" CHECK '
            '(typeof("vouchers") = \'integer\' AND "vouchers" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "income_fen" INTEGER NOT NULL CONSTRAINT "finance_counts_income_fen_check" CHECK '
            '(typeof("income_fen") = \'integer\' AND "income_fen" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "expense_fen" INTEGER NOT NULL CONSTRAINT "finance_counts_expense_fen_check" CHECK '
            '(typeof("expense_fen") = \'integer\' AND "expense_fen" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "balance_fen" INTEGER NOT NULL CONSTRAINT "finance_counts_balance_fen_check" CHECK '
            '(typeof("balance_fen") = \'integer\' AND "balance_fen" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  "months_published" INTEGER NOT NULL CONSTRAINT "finance_counts_months_published_check" '
            'CHECK (typeof("months_published") = \'integer\' AND "months_published" BETWEEN '
            '-9007199254740991 AND 9007199254740991),\n'
            '  "months_on_time" INTEGER NOT NULL CONSTRAINT "finance_counts_months_on_time_check" CHECK '
            '(typeof("months_on_time") = \'integer\' AND "months_on_time" BETWEEN -9007199254740991 AND '
            '9007199254740991),\n'
            '  PRIMARY KEY ("tenant_id", "id")\n'
            ')',
            'INSERT INTO "yuanluo_new_finance_counts" ("tenant_id", "id", "counter", "district", '
            '"subdistrict", "community", "vouchers", "income_fen", "expense_fen", "balance_fen", '
            '"months_published", "months_on_time") SELECT "tenant_id", "id", "counter", "district", '
            '"subdistrict", "community", "vouchers", "income_fen", "expense_fen", "balance_fen", 0, 0 '
            'FROM "finance_counts"',
            'DROP TABLE "finance_counts"',
            'ALTER TABLE "yuanluo_new_finance_counts" RENAME TO "finance_counts"',
            'CREATE UNIQUE INDEX "finance_counts_counter_key" ON "finance_counts" ("tenant_id", '
            '"counter")'],
 'postgresql': ['ALTER TABLE "finance_counts" ADD COLUMN "months_published" bigint NOT NULL DEFAULT 0 '
                'CONSTRAINT "finance_counts_months_published_check" CHECK ("months_published" BETWEEN '
                '-9007199254740991 AND 9007199254740991)',
                'ALTER TABLE "finance_counts" ALTER COLUMN "months_published" DROP DEFAULT',
                'ALTER TABLE "finance_counts" ADD COLUMN "months_on_time" bigint NOT NULL DEFAULT 0 '
                'CONSTRAINT "finance_counts_months_on_time_check" CHECK ("months_on_time" BETWEEN '
                '-9007199254740991 AND 9007199254740991)',
                'ALTER TABLE "finance_counts" ALTER COLUMN "months_on_time" DROP DEFAULT']}

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
