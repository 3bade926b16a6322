"""The four reports tell the same findings, each in its known shape."""

import json
from html.parser import HTMLParser

import pytest
from lxml import etree

from idgateway.sp_check.report.data import to_json
from idgateway.sp_check.report.junit import to_junit
from idgateway.sp_check.report.page import to_html
from idgateway.sp_check.report.text import to_text
from idgateway.sp_check.report.words import gathered
from idgateway.sp_check.themes import Severity
from tests.idgateway.sp_check.seen import case, inside, judged, mixed, outcome, outside


def test_findings_are_gathered_by_what_is_to_be_done_worst_first():
    """A theme for holes, a kind for the others."""
    found = [(one.severity.name, [result.case.name for result in one.results]) for one in gathered(mixed())]
    assert found == [
        ("CRITICAL", ["level-too-low"]),
        ("HIGH", ["wrong-audience"]),
        ("MEDIUM", ["aged"]),
        ("MEDIUM", ["only-response-signed"]),
        ("LOW", ["expired"]),
        ("LOW", ["issued-2018"]),
    ]
    together = outcome(*(judged(case(name), inside()) for name in ("wrong-audience", "audience-missing", "xsw-3")))
    assert [len(one.results) for one in gathered(together)] == [1, 2]


@pytest.mark.parametrize(("language", "words"), [("de", "KRITISCH"), ("en", "CRITICAL")])
def test_the_text_tells_findings_meaning_cure_rule_and_the_sum(language, words):
    """What a person reads in a terminal."""
    text = to_text(mixed(), language)
    assert words in text
    assert "SAML Core 2.5.1.4" in text
    assert {"de": "Abhilfe: ", "en": "What to do: "}[language] in text
    last = text.splitlines()[-1]
    expected = {"de": "2 von 6 falschen Antworten abgelehnt, 0 von 1", "en": "2 of 6 broken answers refused, 0 of 1"}
    assert last.startswith(expected[language])
    assert max(len(line) for line in text.splitlines()) <= 120


def test_no_findings_are_said_plainly():
    """The sum, and that there is nothing."""
    text = to_text(outcome(judged(case("tampered"), outside())), "en")
    assert text.splitlines()[-1] == "1 of 1 broken answers refused. No findings. (12.3 s)"
    assert "What to do" not in text


def test_an_outage_is_told_and_fails():
    """Whatever else was found: the honest login no longer works."""
    down = outcome(judged(case("tampered"), outside()), outage="xsw-1 … xsw-3: status 403")
    assert "xsw-1 … xsw-3: status 403" in to_text(down, "en")
    assert "No findings" not in to_text(down, "en")
    assert "xsw-1" in to_html(down, "de")
    assert (down.exit_code(Severity.HIGH), down.exit_code(Severity.CRITICAL)) == (1, 0)
    assert etree.fromstring(to_junit(down, "en", Severity.LOW)).get("failures") == "1"


def test_the_exit_code_follows_the_worst_finding():
    """From the threshold on."""
    milder = outcome(judged(case("expired"), outside(status=500)))
    assert [milder.exit_code(one) for one in Severity] == [1, 0, 0, 0]
    assert [mixed().exit_code(one) for one in Severity] == [1, 1, 1, 1]
    assert outcome(judged(case(), outside())).exit_code(Severity.LOW) == 0


def test_junit_has_the_shape_that_build_servers_read():
    """Testsuites > testsuite > testcase > failure, error or skipped; every count is right; names are unique."""
    root = etree.fromstring(to_junit(mixed(), "en", Severity.LOW))
    assert root.tag == "testsuites"
    assert (root.get("tests"), root.get("failures"), root.get("errors"), root.get("skipped")) == ("8", "5", "1", "1")
    for suite in root:
        assert suite.tag == "testsuite"
        assert suite.get("name")
        assert suite.get("timestamp") == "2026-11-24T09:30:00"
        cases = suite.findall("testcase")
        assert int(suite.get("tests")) == len(cases)
        for tag in ("failure", "error", "skipped"):
            plural = {"failure": "failures", "error": "errors"}.get(tag, tag)
            assert int(suite.get(plural)) == len(suite.findall(f"testcase/{tag}"))
        assert all(one.get("name") and one.get("classname") and float(one.get("time")) >= 0 for one in cases)
        assert all(len(one) <= 1 for one in cases)
    names = [(one.get("classname"), one.get("name")) for one in root.iter("testcase")]
    assert len(set(names)) == len(names) == 8
    (failure,) = root.xpath("//testcase[@name='level-too-low']/failure")
    assert failure.get("type") == "hole.critical"
    assert "accepted" in failure.get("message")
    assert "password" in failure.text


def test_junit_keeps_milder_findings_as_passed_tests_with_words():
    """``--fail-on high``: only what is as bad fails, the rest stands in the output."""
    root = etree.fromstring(to_junit(mixed(), "en", Severity.HIGH))
    assert (root.get("failures"), root.get("errors")) == ("2", "0")
    assert {one.get("name") for one in root.xpath("//testcase[system-out]")} == {
        "only-response-signed",
        "expired",
        "aged",
        "issued-2018",
    }


def test_json_holds_everything_a_program_needs():
    """Counts, findings, each answer with verdict and severity; both languages."""
    told = json.loads(to_json(mixed()))
    assert (told["version"], told["worst"], told["target"]) == (1, "critical", "https://service.test/login")
    assert told["counts"]["refuse"] == {"refused": 2, "accepted": 2, "crashed": 1, "undecided": 1, "skipped": 1}
    answers = {one["name"]: one for one in told["answers"]}
    assert (answers["wrong-audience"]["verdict"], answers["wrong-audience"]["theme"]) == ("accepted", "audience")
    assert (answers["tampered"]["verdict"], answers["tampered"]["severity"]) == ("refused", "")
    assert all(set(one["title"]) == {"de", "en"} for one in told["findings"])


def test_html_is_one_whole_document_and_escapes_what_it_shows():
    """No script, nothing fetched; the catalogue's words are text."""

    class Tags(HTMLParser):
        open: list[str] = []  # noqa: RUF012 - read once

        def handle_starttag(self, tag, attrs):
            assert tag not in ("script", "link", "img", "iframe")
            if tag != "meta":
                self.open.append(tag)

        def handle_endtag(self, tag):
            assert self.open.pop() == tag

    page, reader = to_html(mixed(), "en"), Tags()
    reader.feed(page)
    assert reader.open == []
    assert "service &lt;b&gt;" in page
    assert "service <b>" not in page
    assert "default-src 'none'" in page
