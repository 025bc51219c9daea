"""The store of product lists on a real directory, and the commands that people use it through."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cpl.product_list import ProductList
from gateway.cli.products import products
from gateway.product_revisions import (
    Activation,
    DamagedRevision,
    How,
    ListKind,
    ProductRevisions,
    Refused,
)

HEADER = "entry_id,device_type,generation,manufacturer,model,firmware_version,status,status_since\n"
FIRST = (HEADER + "1001,ESME,SMETS2+,10A1,010A030B,00000001,Active,\n").encode()
SECOND = (
    HEADER
    + "1001,ESME,SMETS2+,10A1,010A030B,00000001,Withdrawn,01/05/2024\n"
    + "1002,ESME,SMETS2+,10A1,010A030B,00000002,Active,\n"
).encode()
THIRD = (HEADER + "1003,GSME,SMETS1,10A2,010A030C,00000003,Active,\n").encode()
FAULTY = FIRST + b"1002,Toaster,SMETS2+,10A1,010A030B,00000002,Active,\n"
EPCL = (
    b"EPCL Entry ID,Cohort,Installation Status,Tested / SE,ESME Model,ESME F/W\n"
    b"002255,Secure,Active,Tested,Liberty 100,P4\n"
)
PPCL = b"Cohort,ESME Model,ESME F/W,DMCT Status\nSecure,Liberty 100,P4X9G02,Awaiting approval\n"
ALL_APPROVED = b"Cohort,ESME Model\n"
START = datetime(2024, 5, 1, 12, tzinfo=UTC)


def ticking() -> Callable[[], datetime]:
    """A clock that is one minute later every time it is read."""
    read = iter(range(1000))
    return lambda: START + timedelta(minutes=next(read))


@pytest.fixture
def store(tmp_path: Path) -> ProductRevisions:
    return ProductRevisions(tmp_path / "products", ticking())


def imported(store: ProductRevisions, data: bytes, kind: ListKind = ListKind.CPL) -> str:
    revision = store.import_file("list.csv", data, kind).revision
    assert revision is not None
    return revision


def in_force(store: ProductRevisions, *lists: bytes) -> list[str]:
    revisions = []
    for data in lists:
        revisions.append(imported(store, data))
        assert isinstance(store.activate(revisions[-1]), Activation)
    return revisions


def test_before_the_first_activation_the_lists_are_empty(store: ProductRevisions) -> None:
    assert store.active_revision() is None
    assert ProductList(()).revision == store.active().revision
    assert () == store.history()
    assert () == store.revisions()


def test_an_import_is_a_candidate_and_changes_nothing_in_force(store: ProductRevisions) -> None:
    revision = imported(store, FIRST)
    assert (revision,) == store.revisions()
    assert revision == store.load(revision).revision
    assert store.active_revision() is None


def test_an_activated_revision_is_in_force_for_whoever_opens_the_directory(
    store: ProductRevisions, tmp_path: Path
) -> None:
    (revision,) = in_force(store, FIRST)
    other = ProductRevisions(tmp_path / "products")
    assert revision == other.active_revision()
    assert ["1001"] == [entry.entry_id for entry in other.active().entries]


def test_each_list_is_replaced_alone(store: ProductRevisions) -> None:
    (cpl_only,) = in_force(store, FIRST)
    both = imported(store, EPCL, ListKind.EPCL)
    assert both != cpl_only
    store.activate(both)
    (newer,) = in_force(store, SECOND)
    assert ["1001", "1002"] == [entry.entry_id for entry in store.load(newer).entries]
    assert ["002255"] == [entry.entry_id for entry in store.load(newer).combinations.entries]


def test_the_same_list_again_is_the_same_revision(store: ProductRevisions) -> None:
    assert imported(store, SECOND) == imported(store, b"\xef\xbb\xbf" + SECOND.replace(b"\n", b"\r\n"))
    assert 1 == len(store.revisions())


REFUSED_FILES = {
    "a row that cannot be used": (
        FAULTY,
        1,
        [
            "list.csv, row 3, column 'device_type': expected a device type "
            "(ESME, GSME, GPF, CHF, HCALCS, PPMID, IHD or CAD), found 'Toaster'"
        ],
    ),
    "no entries": (HEADER.encode(), 0, []),
}


@pytest.mark.parametrize(("data", "entries", "faults"), REFUSED_FILES.values(), ids=REFUSED_FILES.keys())
def test_nothing_is_stored_of_a_file_with(
    store: ProductRevisions, data: bytes, entries: int, faults: list[str]
) -> None:
    made = store.import_file("list.csv", data, ListKind.CPL)
    assert made.revision is None
    assert entries == made.entries
    assert faults == [str(unusable) for unusable in made.unusable]
    assert () == store.revisions()


def test_the_usable_rows_are_stored_when_the_caller_chooses_so(store: ProductRevisions) -> None:
    made = store.import_file("list.csv", FAULTY, ListKind.CPL, skip_unusable=True)
    assert imported(store, FIRST) == made.revision
    assert 1 == len(made.unusable)


def test_rolling_back_goes_to_the_revision_before_and_again_to_the_one_before_that(store: ProductRevisions) -> None:
    first, second, third = in_force(store, FIRST, SECOND, THIRD)
    assert Activation(revision=second, at=START + timedelta(minutes=3), how=How.ROLLED_BACK) == store.rollback()
    assert isinstance(store.rollback(), Activation)
    assert first == store.active_revision()
    assert Refused("there is no earlier revision to go back to") == store.rollback()
    assert [first, second, third, second, first] == [activation.revision for activation in store.history()]


def test_a_pending_list_goes_with_a_revision_until_nothing_is_pending(store: ProductRevisions, tmp_path: Path) -> None:
    (first,) = in_force(store, FIRST)
    second = imported(store, PPCL, ListKind.PPCL)
    assert isinstance(store.activate(second), Activation)
    assert ["Awaiting approval"] == [row.dmct_status for row in store.active().pending.rows]
    third = imported(store, SECOND)
    assert 1 == len(store.load(third).pending)
    assert first == imported(store, ALL_APPROVED, ListKind.PPCL)
    (tmp_path / "products" / "revisions" / second / "ppcl.csv").unlink()
    with pytest.raises(DamagedRevision, match=rf"expected the lists of revision {second}, found {first}$"):
        store.active()


def test_after_a_rollback_the_next_activation_is_rolled_back_to_where_it_came_from(store: ProductRevisions) -> None:
    first, _ = in_force(store, FIRST, SECOND)
    store.rollback()
    in_force(store, THIRD)
    store.rollback()
    assert first == store.active_revision()


def test_activating_what_is_in_force_changes_nothing(store: ProductRevisions) -> None:
    (first,) = in_force(store, FIRST)
    assert Activation(revision=first, at=START, how=How.ACTIVATED) == store.activate(first)
    assert 1 == len(store.history())


@pytest.mark.parametrize("revision", ["0123456789ab", "../../../etc", "0123456789AB", ""])
def test_only_a_stored_revision_is_activated(store: ProductRevisions, tmp_path: Path, revision: str) -> None:
    in_force(store, FIRST)
    assert Refused(f"revision {revision} is not in {tmp_path / 'products'}") == store.activate(revision)


def test_a_crash_between_the_files_leaves_no_revision_and_the_next_import_completes_it(
    store: ProductRevisions, tmp_path: Path
) -> None:
    (first,) = in_force(store, FIRST)
    second = imported(store, SECOND)
    place = tmp_path / "products" / "revisions" / second
    written = (place / "epcl.csv").read_bytes()
    (place / "epcl.csv").unlink()
    (place / ".epcl.csv.0badcafe.tmp").write_bytes(written[: len(written) // 2])
    assert (first,) == store.revisions()
    assert Refused(f"revision {second} is not in {tmp_path / 'products'}") == store.activate(second)
    assert second == imported(store, SECOND)
    assert {first, second} == set(store.revisions())


def test_a_crash_while_activating_leaves_the_old_revision_in_force(store: ProductRevisions, tmp_path: Path) -> None:
    (first,) = in_force(store, FIRST)
    (tmp_path / "products" / ".active.0badcafe.tmp").write_bytes(b"0123456")
    assert first == store.active_revision()
    (second,) = in_force(store, SECOND)
    assert second == store.active_revision()


def test_no_file_is_left_beside_what_was_written(store: ProductRevisions, tmp_path: Path) -> None:
    in_force(store, FIRST, SECOND)
    assert [] == list((tmp_path / "products").rglob(".*"))


def test_a_revision_that_was_edited_by_hand_is_found_out(store: ProductRevisions, tmp_path: Path) -> None:
    (first,) = in_force(store, FIRST)
    place = tmp_path / "products" / "revisions" / first
    edited = (place / "cpl.csv").read_bytes().replace(b"00000001", b"00000009")
    (place / "cpl.csv").write_bytes(edited)
    with pytest.raises(DamagedRevision, match=rf"expected the lists of revision {first}, found [0-9a-f]{{12}}$"):
        store.active()
    with pytest.raises(DamagedRevision, match="found"):
        store.activate(first)


def test_a_revision_that_cannot_be_read_says_where(store: ProductRevisions, tmp_path: Path) -> None:
    (first,) = in_force(store, FIRST)
    place = tmp_path / "products" / "revisions" / first
    (place / "cpl.csv").write_bytes((place / "cpl.csv").read_bytes().replace(b"ESME", b"Toaster"))
    with pytest.raises(DamagedRevision, match=r"cpl.csv, row 2: Invalid enum value 'Toaster' - at `\$.device_type`$"):
        store.active()


def test_an_active_file_that_we_did_not_write_is_not_taken_for_none(store: ProductRevisions, tmp_path: Path) -> None:
    in_force(store, FIRST)
    (tmp_path / "products" / "active").write_text("latest\n")
    with pytest.raises(DamagedRevision, match="active: expected lines of revision, time and how"):
        store.active_revision()


# ---- the commands


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    config = tmp_path / "config.toml"
    config.write_text(
        '[signing]\nkey = "dcc.key"\ncertificate = "dcc.pem"\n[gbcs]\nkey_agreement_key = "acb.key"\n'
        '[products]\ndirectory = "products"\n'
    )
    for name, data in {"first.csv": FIRST, "second.csv": SECOND, "faulty.csv": FAULTY, "epcl.csv": EPCL}.items():
        (tmp_path / name).write_bytes(data)

    def command(*arguments: str) -> Result:
        placed = [str(tmp_path / word) if word.endswith(".csv") else word for word in arguments]
        return CliRunner().invoke(products, [*placed, "--config", str(config)])

    return command


def test_a_list_is_imported_activated_rolled_back_and_shown(run: Callable[..., Result], tmp_path: Path) -> None:
    store = ProductRevisions(tmp_path / "products")
    for file in ("first.csv", "second.csv"):
        done = run("import", file, "--kind", "cpl")
        assert 0 == done.exit_code, done.output
        (candidate,) = set(store.revisions()) - {activation.revision for activation in store.history()}
        assert f"activate {candidate} --config" in done.output
        assert 0 == run("activate", candidate).exit_code
    assert f"revision {candidate}: 2 CPL entries (1 Active, 1 Withdrawn), 0 EPCL entries" in run("show").output
    assert "revision " + store.history()[1].revision + " is in force again\n" == run("rollback").output


def test_show_as_json_holds_everything(run: Callable[..., Result], tmp_path: Path) -> None:
    store = ProductRevisions(tmp_path / "products")
    (revision,) = in_force(store, FIRST)
    shown = json.loads(run("show", "--json").output)
    assert revision == shown["active_revision"] == shown["revision"]
    assert [revision] == shown["revisions"]
    assert [
        {
            "entry_id": "1001",
            "device_type": "ESME",
            "generation": "SMETS2+",
            "manufacturer": "10A1",
            "model": "010A030B",
            "firmware_version": "00000001",
            "status": "Active",
        }
    ] == shown["cpl"]


BILINGUAL = (
    HEADER + "1001,PPMID,SMETS1,10A1,010A030B,00000001,Active,\n1002,PPMID,SMETS2+,10A1,010A030B,00000001,Active,\n"
).encode()
BROKEN_RULES = (
    "1 not in keeping with smets1-models-are-on-the-epcl (specified: SMETS1 Further Testing Consultation (19 Dec "
    "2019), section 3):\n"
    "  CPL entry 1001: firmware 00000001 of 10A1/010A030B is in no EPCL entry\n"
    "1 not in keeping with bilingual-entries-differ-in-version (specified: PPMID consultation (27 Jul 2021), sections "
    "2 and 2.3):\n"
    "  CPL entries 1001 (SMETS1) and 1002 (SMETS2+) are both firmware 00000001 of 10A1/010A030B\n"
)


def test_rules_that_a_list_does_not_keep_to_are_told_and_nothing_is_refused(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "bilingual.csv").write_bytes(BILINGUAL)
    done = run("import", "bilingual.csv", "--kind", "cpl")
    assert 0 == done.exit_code
    assert BROKEN_RULES in done.output
    (revision,) = ProductRevisions(tmp_path / "products").revisions()
    assert 0 == run("activate", revision).exit_code
    shown = run("show").output
    assert BROKEN_RULES in shown
    assert "2 entries in force of Non-EPCL Device Models, 1 of them SMETS1\n" in shown
    told = json.loads(run("show", "--json").output)
    assert ["1001", "1002"] == told["non_epcl_entries"]
    assert [["1001"], ["1001", "1002"]] == [broken[0]["cpl"] for broken in told["violations"].values()]


def test_only_so_many_violations_are_printed(run: Callable[..., Result], tmp_path: Path) -> None:
    rows = "".join(f"{n},ESME,SMETS1,10A1,010A030B,{n},Active,\n" for n in range(1, 14))
    (tmp_path / "many.csv").write_text(HEADER + rows)
    said = run("import", "many.csv", "--kind", "cpl").output
    assert "13 not in keeping with smets1-models-are-on-the-epcl" in said
    assert 10 == said.count(" is in no EPCL entry\n")
    assert "  and 3 more: products show --json has them\n" in said


def test_a_pending_list_is_imported_and_shown_with_the_versions_that_requests_name(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    cpl = HEADER.replace("\n", ",vendor_version\n") + "1001,ESME,SMETS1,Secure,Liberty 100,P4X9G2,Active,,P4X9G02\n"
    (tmp_path / "cpl.csv").write_text(cpl)
    (tmp_path / "ppcl.csv").write_bytes(PPCL)
    store = ProductRevisions(tmp_path / "products")
    for kind in ("cpl", "ppcl"):
        assert 0 == run("import", f"{kind}.csv", "--kind", kind).exit_code
        (candidate,) = set(store.revisions()) - {activation.revision for activation in store.history()}
        run("activate", candidate)
    shown = run("show").output
    assert "1 CPL entries (1 Active), 0 EPCL entries, 1 pending combinations" in shown
    assert "Awaiting approval" in shown
    assert "Liberty 100 P4X9G02 (DUIS P4X9G2)" in shown


def test_rows_that_are_no_entries_are_told(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "twice.csv").write_bytes(FIRST + FIRST.replace(b"1001", b"1002"))
    said = run("import", "twice.csv", "--kind", "cpl").output
    assert "rows that are no entries: twice.csv, row 3: entry_id\n" in said


def test_half_a_list_is_not_imported_even_on_demand(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "half.csv").write_bytes(FIRST + b'1002,"ESME')
    done = run("import", "half.csv", "--kind", "cpl", "--skip-unusable")
    assert 1 == done.exit_code
    assert done.output.endswith("part of it could not be read at all, and half a list is not imported\n")


EXITS = {
    "an import with unusable rows": (("import", "faulty.csv", "--kind", "cpl"), 1, "1 usable rows, 1 faults\n"),
    "an import of the wrong kind of list": (("import", "epcl.csv", "--kind", "cpl"), 1, "0 usable rows, 1 faults\n"),
    "an import of a file that is not there": (("import", "absent.csv", "--kind", "cpl"), 2, "absent.csv'\n"),
    "an activation of nothing": (("activate", "0123456789ab"), 1, "is not in "),
    "a rollback of nothing": (("rollback",), 1, "there is no earlier revision to go back to\n"),
    "a look at a revision that is not there": (("show", "--revision", "abc"), 1, "there are: none\n"),
    "a look at an empty store": (("show",), 0, "no revision is in force\n"),
    "an import of the usable rows": (("import", "faulty.csv", "--kind", "cpl", "--skip-unusable"), 0, "1 CPL entries"),
}


@pytest.mark.parametrize(("arguments", "code", "said"), EXITS.values(), ids=EXITS.keys())
def test_the_exit_code_tells(run: Callable[..., Result], arguments: tuple[str, ...], code: int, said: str) -> None:
    done = run(*arguments)
    assert code == done.exit_code, done.output
    assert said in (done.stderr if code == 2 else done.stdout)
    assert code != 2 or 1 == done.stderr.count("\n")
