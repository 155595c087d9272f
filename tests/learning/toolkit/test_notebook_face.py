"""The toolkit as a notebook sees it."""

import subprocess
import sys

import pytest

import learning.toolkit as toolkit


@pytest.mark.parametrize("name", toolkit.__all__)
def test_every_name_is_there(name):
    assert getattr(toolkit, name) is not None


def test_the_list_of_names_is_complete():
    assert sorted(toolkit.__all__) == sorted(toolkit._HOME)


def test_an_unknown_name_is_refused_with_those_that_exist():
    with pytest.raises(AttributeError, match=r"it has: .*verdict_card"):
        toolkit.fitt


def test_the_face_alone_loads_neither_torch_nor_django():
    code = "import sys, learning.toolkit as t; t.Recipe; print({'torch', 'django', 'monai'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"


@pytest.mark.parametrize("name", sorted(set(toolkit._HOME) & {"fit", "predict", "evaluate", "compare"}))
def test_no_submodule_hides_a_function_of_its_name(name):
    for home in toolkit._HOMES:
        __import__(home)
    assert callable(getattr(toolkit, name))
