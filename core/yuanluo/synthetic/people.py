"""People who never lived: names, ID numbers that pass their check, phones (`domain.md` §4).

ID numbers carry the prefix 510100, which is not issued to persons; phones stand in the unallocated block 154.
Both are unique in the deployment without a register: every courtyard plan owns, for each birth year and
gender, a range of slots, and a slot maps one-to-one to a day of the year and a sequence number.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import Literal

from yuanluo.sheets.ids import check_character
from yuanluo.synthetic.district import CourtyardPlan
from yuanluo.synthetic.seeded import Weighted, pick
from yuanluo.synthetic.vocabulary import GIVEN_NAMES, MINORITIES, SURNAMES, WORD_NAMES, cohort_of

__all__ = [
    "REFERENCE_DAY",
    "BirthPrecision",
    "Family",
    "Gender",
    "PeopleMaker",
    "SyntheticPerson",
]

REFERENCE_DAY = dt.date(2026, 11, 22)
"""The synthetic present: ages are counted from it, and nothing synthetic happens after it."""

Gender = Literal["M", "F"]
"""M or F, as an ID number tells."""

BirthPrecision = Literal["Y", "M", "D"]
"""How much of a birth date is known."""


@dataclass(frozen=True, slots=True)
class SyntheticPerson:
    """A person as a courtyard knows them; refer to them by `serial`."""

    serial: int
    """The number in the courtyard, from 1."""
    name: str
    gender: Gender
    birth: str
    """Partial ISO date: 1958, 1958-07 or 1958-07-02."""
    birth_precision: BirthPrecision
    id_number: str | None
    """Unique in the deployment; None for the few whose number the courtyard does not know."""
    phone: str | None
    """Unique in the deployment; adults nearly always have one, and all who have no ID number do."""
    ethnicity: str

    @property
    def birth_year(self) -> int:
        """The year of birth, which is always known."""
        return int(self.birth[:4])

    def age_on(self, day: dt.date) -> int:
        """Return the age on `day`; a birth known only by year or month counts from its first day."""
        year, month, born = int(self.birth[:4]), int(self.birth[5:7] or 1), int(self.birth[8:10] or 1)
        return day.year - year - ((day.month, day.day) < (month, born))

    @property
    def natural_key(self) -> tuple[str, str, str, str]:
        """Name, birth, ID number and phone: unique in a courtyard."""
        return self.name, self.birth, self.id_number or "", self.phone or ""


@dataclass(frozen=True, slots=True)
class Family:
    """What the members of one family share: an ethnicity and the father's surname."""

    surname: str
    minority: int | None
    """Index into `MINORITIES`; None for Han."""


_DAYS = tuple(
    (dt.date(2001, 1, 1) + dt.timedelta(days=offset)).strftime("%m%d") for offset in range(365)
)  # no 29 February
_PREFIX = "510100"
_FIRST_YEAR = 1920
_LAST_YEAR = REFERENCE_DAY.year - 1
_FIRST_PAIR, _PAIRS = 100, 400
_FIRST_PHONE = 10_000_000
_PHONES = 90_000_000
_PHONE_STEP = 7_654_321
_MINORITY = Weighted(dict(zip(range(len(MINORITIES)), (45, 20, 15, 15, 5), strict=True)))


class PeopleMaker:
    """Makes the people of one courtyard, in order."""

    __slots__ = ("_plan", "_rng", "_used", "people")

    def __init__(self, plan: CourtyardPlan, rng: random.Random) -> None:
        self._plan = plan
        self._rng = rng
        self._used = [0] * (2 * (_LAST_YEAR - _FIRST_YEAR + 1))
        self.people: list[SyntheticPerson] = []

    def family(self) -> Family:
        """Draw a family: Han nearly always, two in a hundred of a minority."""
        rng = self._rng
        if rng.random() < 0.02:
            return Family("", _MINORITY.pick(rng))
        return Family(SURNAMES.pick(rng), None)

    def make(self, family: Family, gender: Gender, age: int, *, keeps_surname: bool = True) -> SyntheticPerson:
        """Make one person of about `age`; without `keeps_surname` the name is another family's (a spouse)."""
        rng = self._rng
        year, day, sequence = self._birthday(REFERENCE_DAY.year - age, gender)
        serial = len(self.people) + 1
        birth_digits = f"{year}{_DAYS[day]}"
        adult = age >= 16
        precision: BirthPrecision = "D"
        id_number = None
        birth = f"{year}-{birth_digits[4:6]}-{birth_digits[6:]}"
        if adult and rng.random() < 0.05:
            precision = "M" if rng.random() < 0.6 else "Y"
            birth = birth[:7] if precision == "M" else birth[:4]
        else:
            number = f"{_PREFIX}{birth_digits}{sequence:03d}"
            id_number = number + check_character(number)
        has_phone = id_number is None or (rng.random() < (0.97 if age < 75 else 0.8) if adult else rng.random() < 0.05)
        ethnicity = "汉族" if family.minority is None else MINORITIES[family.minority][0]
        name = self._name(family, gender, year, keeps_surname=keeps_surname)
        person = SyntheticPerson(
            serial,
            name,
            gender,
            birth,
            precision,
            id_number,
            self._phone(serial) if has_phone else None,
            ethnicity,
        )
        self.people.append(person)
        return person

    def _name(self, family: Family, gender: Gender, year: int, *, keeps_surname: bool) -> str:
        rng = self._rng
        column = 0 if gender == "M" else 1
        if family.minority is not None:
            return pick(rng, MINORITIES[family.minority][1 + column])
        if rng.random() < 0.001:
            return pick(rng, [name for name, whose in WORD_NAMES if whose == gender])
        surname = family.surname if keeps_surname else SURNAMES.pick(rng)
        return surname + pick(rng, GIVEN_NAMES[cohort_of(year)][column])

    def _phone(self, serial: int) -> str:
        number = (self._plan.first_person + serial - 1) * _PHONE_STEP % _PHONES
        return f"154{_FIRST_PHONE + number}"

    def _birthday(self, wanted: int, gender: Gender) -> tuple[int, int, int]:
        """Return year, day of the year and sequence number of the next free slot of the wanted birth year.

        When the courtyard's slots of that year are used up, the nearest year that has one is taken.
        """
        male = gender == "M"
        for distance in range(_LAST_YEAR - _FIRST_YEAR + 1):
            for year in (wanted - distance, wanted + distance):
                if not _FIRST_YEAR <= year <= _LAST_YEAR:
                    continue
                cell = 2 * (year - _FIRST_YEAR) + male
                used = self._used[cell]
                if used < self._plan.id_slots:
                    self._used[cell] = used + 1
                    pair, place = divmod(self._plan.first_id_slot + used, 365)
                    day = (place * 149 + year * 61 + male * 17) % 365
                    pair = (pair + day * 37 + year * 11) % _PAIRS
                    return year, day, 2 * (_FIRST_PAIR + pair) + male
        raise ValueError(f"courtyard {self._plan.code} has more people than ID numbers: plan it larger")
