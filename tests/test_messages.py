"""Messages are for people: no ids, no codes of roles, yuan, and Chinese that is Chinese."""

from __future__ import annotations

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import COURTYARD, at, make_house

import yuanluo
from yuanluo import AddDwelling, CreatePerson, House, Plugins, run_command
from yuanluo.access import CreateAccount
from yuanluo_tenants.database import Broken, DanglingReference, Duplicate


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await make_house(make_database, Plugins.load(entry_points=False))


# what the database refuses ----------------------------------------------------------------------------------------


async def test_a_duplicate_is_told_by_its_fields_and_value(house: House) -> None:
    await run_command(yuanluo.create_account, at(house), CreateAccount("officer", "李主任"))
    with pytest.raises(Duplicate) as refused:
        await run_command(yuanluo.create_account, at(house), CreateAccount("officer", "何主任"))
    assert refused.value.zh == "已有“登录名”(officer)相同的账号,请核对后再提交。"
    assert refused.value.en == "there is one with the same login (officer) already; look it up first."


async def test_a_duplicate_of_a_sealed_value_names_the_field_alone(house: House) -> None:
    item = CreatePerson("冯涛", id_number="510100197704050338")
    await run_command(yuanluo.create_person, at(house), item)
    with pytest.raises(Duplicate) as refused:
        await run_command(yuanluo.create_person, at(house), item)
    assert refused.value.zh == "已有“身份证号”相同的人员,请核对后再提交。"


async def test_a_broken_check_and_a_dangling_reference_name_the_field(house: House) -> None:
    for constraint in ("dwelling_area_c_check", "dwelling.area_c"):
        assert Broken(constraint).zh == "“建筑面积”的值不在允许的范围内。"
    for constraint in ("household_dwelling_id_fkey", "household.dwelling_id"):
        assert "房屋" in DanglingReference(constraint).zh
    assert Broken("").zh == "有一项的值不在允许的范围内。"
    with pytest.raises(Broken) as refused:
        await run_command(yuanluo.add_dwelling, at(house, COURTYARD), AddDwelling(1, 1, "101", 2**53))
    assert "“建筑面积”" in refused.value.zh
