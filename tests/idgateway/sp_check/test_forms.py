"""What a browser without scripts sees of a page, and where it goes on by itself."""

import pytest

from idgateway.sp_check.cases import chosen, manners, outcomes
from idgateway.sp_check.errors import CaseUnknown
from idgateway.sp_check.forms import read_page
from tests.idgateway.sp_check.seen import case

HANDOVER = '<form method="POST" action="/sso"><input type="hidden" name="{name}" value="x"><button>Go</button></form>'


def test_a_form_is_read_with_its_fields_in_order_and_its_buttons():
    """Unchecked boxes and buttons are not sent by themselves; entities are resolved."""
    page = read_page(
        '<title> A &amp;\n B </title><form action="/a?b=1&amp;c=2" method="post"><input name="x" value="1">'
        '<input name="x" value="2"><input type="checkbox" name="no"><input type="checkbox" name="yes" checked value="on">'
        '<button name="go" value="1">Go <b>on</b></button></form><a href="/help">Help me</a>'
    )
    (form,) = page.forms
    assert page.title == "A & B"
    assert (form.action, form.method) == ("/a?b=1&c=2", "post")
    assert form.fields == [("x", "1"), ("x", "2"), ("yes", "on")]
    assert form.buttons == [("go", "1", "Go on")]
    assert page.links == [("/help", "Help me")]
    assert page.words == ("Go on", "Help me")


@pytest.mark.parametrize("name", ["SAMLRequest", "SAMLResponse"])
def test_a_saml_message_goes_on_by_itself(name):
    """Whatever else is on the page."""
    assert read_page(HANDOVER.format(name=name) + '<a href="/">Home</a>').sends_itself is not None


def test_a_form_with_a_script_that_submits_it_goes_on_and_a_page_to_read_does_not():
    """OpenID Connect's form_post; but no login form, no logout on a page with links, no form without a script."""
    form, script = HANDOVER.format(name="code"), "<script>document.forms[0].submit()</script>"
    assert read_page(form + script).sends_itself is not None
    assert read_page(f'<body onload="document.forms[0].submit()">{form}').sends_itself is not None
    assert read_page(form).sends_itself is None
    assert read_page(form + script + '<a href="/">Home</a>').sends_itself is None
    assert read_page(form + form + script).sends_itself is None
    assert read_page('<form><input name="user"></form>' + script).sends_itself is None


@pytest.mark.parametrize(
    ("content", "target"),
    [
        ("0; url=/next", "/next"),
        ("0;URL='/next'", "/next"),
        ("5", None),
        ("600; url=/next", None),
        ("soon", None),
    ],
)
def test_a_refresh_at_once_is_a_redirect(content, target):
    """A later one is a page to read."""
    assert read_page(f'<meta http-equiv="Refresh" content="{content}">').refresh == target


def test_cases_are_chosen_by_name_beginning_or_group():
    """And left out alike; a word that means none is told."""
    cases = (case("xsw-1", "wrapping"), case("xsw-2", "wrapping"), case("expired", "timing"))
    assert [one.name for one in chosen(cases, only=("wrapping",), without=("xsw-2",))] == ["xsw-1"]
    assert [one.name for one in chosen(cases, only=("xsw-*",), without=())] == ["xsw-1", "xsw-2"]
    assert [one.name for one in chosen(cases, only=(), without=("timing",))] == ["xsw-1", "xsw-2"]
    with pytest.raises(CaseUnknown, match="xws-1"):
        chosen(cases, only=("xws-1",), without=())


def test_the_stand_ins_switches_and_ends_become_cases():
    """Each choice of a switch that builds an answer; who the person is does not; an older stand-in has none."""
    made = manners({"signed": ["both", "response"], "country": ["", "AT"]})
    assert [one.name for one in made] == ["signed-both", "signed-response", "clock-ahead", "clock-behind"]
    assert made[1].wishes == (("signed", "response"),)
    assert manners({}) == ()
    (ended,) = outcomes([{"name": "cancel", "description": {"de": "Abgebrochen", "en": "Cancelled"}}])
    assert (ended.name, ended.wishes, ended.expectation) == ("outcome-cancel", (("outcome", "cancel"),), "refuse")
