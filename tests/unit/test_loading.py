"""Definitions files: what is found in them, and how everything that is wrong is told at once."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from snowplow_signals import DefinitionError, UsageError, View, load_views, user_entity
from snowplow_signals.definitions.base import collecting

pytestmark = pytest.mark.filterwarnings("error")

EXAMPLE = Path(__file__).parents[2] / "examples" / "ecommerce.py"

BASIS = """\
from snowplow_signals import *
n = Attribute(name="n", type="int64", aggregation="counter")
common = dict(entity=user_entity, attributes=[n], owner="user@company.com")
"""


@pytest.fixture
def write(tmp_path):
    def write(text: str, name: str = "definitions.py") -> Path:
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return file

    return write


def refusal(file: Path) -> list[str]:
    before = (list(sys.path), set(sys.modules))
    with pytest.raises(DefinitionError) as caught:
        load_views(file)
    assert (list(sys.path), set(sys.modules)) == before
    assert collecting.get() is None
    return str(caught.value).splitlines()


def test_the_example_has_its_view_and_four_attributes():
    (view,) = load_views(EXAMPLE)
    assert (view.full_name, view.entity, view.offline) == ("batch_ecommerce_attributes_v1", user_entity, True)
    assert [(made.name, made.aggregation, made.type, made.period) for made in view.attributes] == [
        ("products_added_to_cart_last_7_days", "counter", "int64", timedelta(days=7)),
        ("total_product_price_clv", "sum", "double", None),
        ("first_mkt_source", "first", "string", None),
        ("last_device_class", "last", "string", None),
    ]
    assert View.from_json(view.to_json()) == view


def test_the_example_has_the_snippet_word_for_word():
    text = EXAMPLE.read_text(encoding="utf-8")
    assert "\nfrom snowplow_signals import View, user_entity\n" in text
    snippet = """
view = View(
    name="batch_ecommerce_attributes", version=1, entity=user_entity, offline=True,
    attributes=[products_added_to_cart_last_7_days, total_product_price_clv, first_mkt_source, last_device_class],
    owner="user@company.com",
)
"""
    assert snippet in text


def test_the_example_is_a_program_too():
    subprocess.run([sys.executable, str(EXAMPLE)], check=True)


def test_views_are_found_in_the_order_of_the_file_also_in_lists(write):
    file = write(
        BASIS
        + """
second = [View(name="b", **common), "something else", View(name="a", **common)]
third = View(name="a", version=2, **common)
same = third
def hidden():
    return View(name="hidden", **common)
"""
    )
    assert [view.full_name for view in load_views(file)] == ["b_v1", "a_v1", "a_v2"]
    assert load_views(str(file)) == load_views(file)


def test_a_file_can_import_what_lies_beside_it_and_leaves_no_trace(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder / "parts").mkdir(parents=True)
        (tmp_path / folder / "parts" / "__init__.py").touch()
        (tmp_path / folder / "parts" / "names.py").write_text(f"NAME = {folder!r}\n")
        (tmp_path / folder / "definitions.py").write_text(
            BASIS + "from parts.names import NAME\nview = View(name=NAME, **common)\n"
        )
    before = (list(sys.path), set(sys.modules))
    for folder in ("one", "two"):
        assert [view.name for view in load_views(tmp_path / folder / "definitions.py")] == [folder]
        assert (list(sys.path), set(sys.modules)) == before


def test_a_path_that_is_no_file(tmp_path):
    with pytest.raises(UsageError, match=r"nowhere\.py: there is no such file"):
        load_views(tmp_path / "nowhere.py")
    with pytest.raises(UsageError, match="is a folder"):
        load_views(tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "definitions.py: defines no View"),
        (BASIS, "definitions.py: defines no View"),
        ("x = 1\n1 / 0\n", "definitions.py:2: raised ZeroDivisionError: division by zero"),
        ("import no_such_module_here\n", "definitions.py:1: raised ModuleNotFoundError"),
        ("def f():\n    raise KeyError\nf()\n", "definitions.py:2: raised KeyError"),
        ("raise SystemExit(3)\n", "definitions.py:1: raised SystemExit: 3"),
        ("x = 1\nview = View(\n", "definitions.py:2: SyntaxError"),
        ("x = '\0'\n", "SyntaxError"),
        ("from snowplow_signals import Vieww\n", "definitions.py:1: raised ImportError"),
    ],
)
def test_files_that_cannot_be_used(write, text, words):
    (problem,) = refusal(write(text))
    assert words in problem


def test_two_views_with_one_name_and_version(write):
    (problem,) = refusal(write(BASIS + 'a = View(name="v", **common)\nb = View(name="v", online=False, **common)\n'))
    assert problem.startswith("definitions.py:5 view 'v': version 1 is defined before, at definitions.py:4")


def test_every_problem_of_a_file_comes_at_once_with_its_line(write):
    file = write(
        """\
from datetime import timedelta
from snowplow_signals import *

price = EntityProperty(vendor="a b", name="product", major_version=1, path="price")
a = Attribute(name="a", type="double", aggregation="sum", property=price, period=timedelta(hours=36))
b = Attribute(
    name="b", type="string", aggregation="mean",
    criteria=Criteria(all=[Criterion.in_list(price, [])]),
)
c = Attribute(name="c", type="int32", aggregation="counter", events=[Event(version="1")])
fine = Attribute(name="domain_userid", type="int32", aggregation="counter")
view = View(name="v", entity=user_entity, offline=True, attributes=[a, b, c, fine, a], owner="me")
other = View(name="w", entity=Entity(name="nobody"), attributes=[fine], owner="user@company.com", offlin=True)
""",
        name="shop.py",
    )
    assert refusal(file) == [
        "shop.py:4 entity property 'product': vendor 'a b' must be letters, digits, '-', '_' and '.'",
        "shop.py:8 criterion: the list of operator 'in' is empty: give it a value, or leave the criterion out",
        "shop.py:6 attribute 'b': type 'string' cannot hold a mean; use 'double' or 'float'",
        "shop.py:6 attribute 'b': aggregation 'mean' needs a property, whose values it aggregates",
        "shop.py:10 event: version '1' must be a full schema version, such as '1-0-0'",
        "shop.py:12 view 'v': owner 'me' is not an e-mail address; use one such as 'user@company.com'",
        "shop.py:12 view 'v': 2 attributes are named 'a'; each needs a name of its own",
        "shop.py:12 view 'v': attribute 'domain_userid' has the name of the entity's identifier column; choose another",
        "shop.py:5 view 'v', attributes[0] 'a': period of 36 hours is not a whole number of days; "
        "use a timedelta of whole days, such as timedelta(days=2)",
        "shop.py:5 view 'v', attributes[4] 'a': period of 36 hours is not a whole number of days; "
        "use a timedelta of whole days, such as timedelta(days=2)",
        "shop.py:13 view 'w': unknown argument 'offlin'; did you mean 'offline'?",
        "shop.py:13 view 'w': entity 'nobody': identifier 'nobody' is not an atomic column; "
        "give the entity the property that holds it, or a key that is an atomic column",
    ]


@pytest.mark.parametrize(
    "line",
    [
        'broken = Attribute(name=None, type=3, aggregation=[], events=7, property="x", criteria={}, default_value=[1])',
        "broken = Attribute()",
        "broken = AtomicProperty(name='nothing', date_part='hour_of_day')",
        "broken = Entity()",
        "broken = Criterion()",
        "broken = View()",
        "broken = BatchSource()",
        "broken = Service(views=[1])",
    ],
)
def test_whatever_is_wrong_the_rest_is_still_looked_at(write, line):
    problems = refusal(
        write(
            BASIS
            + line
            + """
repr(broken)
Attribute(name="a", type="string", aggregation="first", property=broken)
Attribute(name="a", type="string", aggregation="counter", criteria=Criteria(all=[broken]), events=[broken])
Criterion.eq(broken, 1)
Entity(name="e", property=broken)
View(name="v", entity=broken, attributes=[broken, broken], fields=[broken], batch_source=broken, owner=broken)
Service(name="s", views=[broken], owner="user@company.com")
Attribute(name="LA ST", type="int64", aggregation="counter")
"""
        )
    )
    assert problems[0].startswith("definitions.py:4 ")
    assert not [problem for problem in problems if "raised" in problem]
    assert problems[-1].startswith("definitions.py:12 attribute 'LA ST': name 'LA ST' must be letters, digits and _")


def test_an_exception_does_not_hide_the_problems_before_it(write):
    problems = refusal(write(BASIS + 'x = Attribute(name="X Y", type="int64", aggregation="counter")\nboom\n'))
    assert problems[0].startswith("definitions.py:4 attribute 'X Y'")
    assert problems[1].startswith("definitions.py:5: raised NameError")
    assert "perhaps because of the problems above" in problems[1]


def test_an_exception_in_a_module_beside_the_file_says_where(write):
    write("def boom():\n    return [][1]\n", name="beside.py")
    (problem,) = refusal(write("import beside\nbeside.boom()\n"))
    assert problem.startswith("definitions.py:2 (beside.py:2): raised IndexError")


def test_refusals_that_are_raised_are_kept_too(write):
    file = write(BASIS + 'g = BatchAttributeGroup(name="g", offline=False, **common)\n')
    (problem,) = refusal(file)
    assert problem.startswith("definitions.py:4 view 'g': BatchAttributeGroup means offline=True")
