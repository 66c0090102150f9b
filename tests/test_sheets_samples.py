"""The four sample workbooks give exactly what their sidecars say."""

from __future__ import annotations

import json

import pytest
from sheets_support import SAMPLES, TODAY

from yuanluo.sheets import OWNER_ROSTER, guess_kind, preview
from yuanluo_council.opinions_sheet import OPINION_LEDGER
from yuanluo_finance.statement import FINANCE_STATEMENT
from yuanluo_party.roster import DUAL_REPORT, PARTY_ROSTER

KINDS = (PARTY_ROSTER, OWNER_ROSTER, FINANCE_STATEMENT, DUAL_REPORT, OPINION_LEDGER)
FILES = sorted(SAMPLES.glob("*.xlsx"))


def as_set(items: list[dict[str, object]]) -> list[str]:
    return sorted(json.dumps(item, sort_keys=True, ensure_ascii=False) for item in items)


def test_there_are_four_samples():
    assert len(FILES) == 4


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_sample_reads_exactly_like_its_sidecar(path):
    expected = json.loads(path.with_suffix(".expected.json").read_text("utf-8"))
    result = preview(guess_kind(KINDS, path), path, today=TODAY).to_json()
    for key in ("issues", "skipped_rows"):
        assert as_set(result.pop(key)) == as_set(expected.pop(key))
    assert {key: result[key] for key in expected} == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_keys_stand_in_the_order_of_the_sidecar(path):
    expected = json.loads(path.with_suffix(".expected.json").read_text("utf-8"))
    result = preview(guess_kind(KINDS, path), path, today=TODAY).to_json()
    assert list(result) == [*expected, "columns", "missing"]
    assert [list(record) for record in result["records"]] == [list(record) for record in expected["records"]]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_sentence_about_a_sample_shows_an_id_number_or_a_phone(path):
    result = preview(guess_kind(KINDS, path), path, today=TODAY)
    shown = "".join(issue.sentence(locale) for issue in result.issues for locale in ("zh-CN", "en"))
    secrets = {
        str(record[key])
        for record in result.records
        for key in ("id_number", "owner_id_number", "phone")
        if record.get(key)
    }
    assert not [secret for secret in secrets if secret in shown]
