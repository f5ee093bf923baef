"""What one of a group hands in counts for all of it, once."""

import zipfile

import pytest
from classroom import RIGHT, WRONG, by_student, grade, hand_in
from test_intake import canvas, moodle, take

from segbook.grading.dry import summary
from segbook.grading.plan import Plan
from segbook.grading.settings import Settings

CANVAS = canvas(
    *(
        (str(4210 + place), name, 0, "A")
        for place, name in enumerate(("Ada Lovelace", "Bob Ross", "Cy Young", "Di Ray"))
    )
)
GROUPS = "student;group\nAda Lovelace;Group 1\n4211;Group 1\nCy Young;Group 2\nDi Ray;\n"


def take_groups(tmp_path, roster, files, groups=GROUPS, **more):
    tmp_path.mkdir(exist_ok=True)
    (tmp_path / "groups.csv").write_text(groups)
    return take(tmp_path, roster, files, groups=tmp_path / "groups.csv", **more)


def have(intake):
    return {one.name: [file.name for file in one.submissions] for one in intake.students}


def test_a_file_of_one_member_or_of_the_groups_name_is_all_members(tmp_path):
    files = ["rossbob_4211_98100_hw.ipynb", "group2_4212_98101_hw.ipynb", "raydi_4213_98102_hw.ipynb"]
    intake = take_groups(tmp_path, CANVAS, files)
    assert have(intake) == {
        "Lovelace, Ada": files[:1], "Ross, Bob": files[:1], "Young, Cy": files[1:2], "Ray, Di": files[2:],
    }  # fmt: skip
    assert [one.name for one in intake.submissions] == files  # each is graded once
    settings = Settings(tmp_path / "in", tmp_path / "out", "s", groups=tmp_path / "groups.csv")
    assert "groups.csv: 2 groups, 3 students\n" in summary(intake, Plan("s", ("6.1",)), settings)
    assert not any("not on the roster" in warning for warning in intake.warnings)


def test_of_what_several_members_handed_in_the_last_counts(tmp_path):
    files = ["lovelaceada_4210_98103_hw.ipynb", "rossbob_4211_98101_hw.ipynb"]
    both = have(take_groups(tmp_path, CANVAS, files))
    assert both["Lovelace, Ada"] == both["Ross, Bob"] == files[::-1]


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ("student;group\nZoe;1\n", "line 2: there is no one student 'Zoe'"),
        ("student;group\nAda Lovelace;1\n4210;2\n", "Lovelace, Ada's group stands in line 2, too"),
        ("student;team\nAda Lovelace;1\n", "no row says a group; the header is 'student | team'"),
    ],
)
def test_a_table_that_says_no_groups_is_refused(tmp_path, groups, said):
    with pytest.raises(ValueError, match=said):
        take_groups(tmp_path, CANVAS, ["raydi_4213_98102_hw.ipynb"], groups)


def test_groups_without_a_roster_are_refused(tmp_path):
    with pytest.raises(ValueError, match="--groups needs --roster"):
        take_groups(tmp_path, None, ["raydi_4213_98102_hw.ipynb"])


def test_moodles_own_group_downloads_need_no_table(tmp_path):
    people = [("4211", "Ada Lovelace", False, ""), ("4212", "Bob Ross", False, "")]
    files = [f"Group 1-{name}_{number}_assignsubmission_file/hw.ipynb" for number, name, _, _ in people]
    assert have(take(tmp_path, moodle("en", *people), files)) == {
        "Ada Lovelace": files[:1],
        "Bob Ross": files[1:],
    }


@pytest.mark.usefixtures("sandbox")
def test_a_group_gets_the_same_points_and_each_member_a_page_of_his_or_her_own(tmp_path):
    people = [("4211", "Ada Lovelace", False, ""), ("4212", "Bob Ross", False, ""), ("4213", "Cy Young", False, "")]
    inbox = tmp_path / "in"
    hand_in(inbox, **{
        "Bob Ross_4212_assignsubmission_file_hw.ipynb": (RIGHT,), "Cy Young_4213_assignsubmission_file_hw.ipynb": (WRONG,),
    })  # fmt: skip
    (tmp_path / "roster.csv").write_text(moodle("en", *people))
    (tmp_path / "groups.csv").write_text("id,group\n4211,a\n4212,a\n")
    out = grade(
        inbox,
        tmp_path / "out",
        "--only",
        "6.3",
        "--roster",
        tmp_path / "roster.csv",
        "--groups",
        tmp_path / "groups.csv",
    )
    assert {name: row["earned"] for name, row in by_student(out).items()} == {
        "Ada Lovelace": "4", "Bob Ross": "4", "Cy Young": "2",
    }  # fmt: skip
    with zipfile.ZipFile(out / "feedback-moodle.zip") as packed:
        pages = {name: packed.read(name).decode() for name in packed.namelist()}
    assert {name: name.partition("_")[0] in page for name, page in pages.items()} == {
        f"{name}_{number}_assignfeedback_file_feedback.html": True for number, name, _, _ in people
    }
    assert len(list((out / "submissions").iterdir())) == 2
