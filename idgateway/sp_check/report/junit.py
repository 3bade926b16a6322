"""The report as JUnit XML, as Jenkins, GitLab and GitHub actions read it. Pure.

One suite per group, one test per answer. A finding from the threshold on is a failure; what could not be decided is an
error; what was not tried is skipped. A milder finding stays a passed test and stands in its output.
"""

from itertools import groupby
from typing import Any

from lxml import etree

from idgateway.sp_check.judge import Kind, Result, Verdict
from idgateway.sp_check.outcome import Outcome
from idgateway.sp_check.report.words import gathered, told
from idgateway.sp_check.themes import Severity

Element = Any  # lxml ships no types


def to_junit(outcome: Outcome, language: str, threshold: Severity) -> bytes:
    """The document as bytes, UTF-8."""
    root = etree.Element("testsuites", name="idgateway sp-check", time=f"{outcome.seconds:.3f}")
    advice = {
        result.case.name: f"{found.title[language]}. {found.meaning[language]} {found.cure[language]}"
        for found in gathered(outcome)
        for result in found.results
    }
    for family, members in groupby(outcome.results, key=lambda result: result.case.family):
        suite = etree.SubElement(root, "testsuite", name=outcome.families.get(family, {}).get(language, family))
        suite.set("timestamp", outcome.started.strftime("%Y-%m-%dT%H:%M:%S"))
        for result in members:
            _test(suite, result, advice.get(result.case.name, ""), language, threshold)
        _count(suite)
    if outcome.outage:
        _outage(root, outcome)
    _count(root)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _test(suite: Element, result: Result, advice: str, language: str, threshold: Severity) -> None:
    case = etree.SubElement(
        suite,
        "testcase",
        classname=f"sp-check.{result.case.family}",
        name=result.case.name,
        time=f"{result.seconds:.3f}",
    )
    message = f"{result.case.title.get(language, '')}: {told(result, language)}"
    if result.verdict is Verdict.SKIPPED:
        etree.SubElement(case, "skipped", message=message)
    elif result.kind is not Kind.NONE and (result.severity or 0) >= threshold:
        tag = "error" if result.kind is Kind.UNDECIDED else "failure"
        kind = f"{result.kind}.{result.severity.name.lower() if result.severity else ''}"
        etree.SubElement(case, tag, message=message, type=kind).text = f"{advice}\n{result.case.rule}"
    elif advice:
        etree.SubElement(case, "system-out").text = f"{message}\n{advice}"


def _outage(root: Element, outcome: Outcome) -> None:
    suite = etree.SubElement(root, "testsuite", name="honest login")
    case = etree.SubElement(suite, "testcase", classname="sp-check.honest", name="honest-login", time="0.000")
    etree.SubElement(case, "failure", message=outcome.outage, type="outage.high")
    _count(suite)


def _count(element: Element) -> None:
    element.set("tests", str(len(list(element.iter("testcase")))))
    element.set("failures", str(len(list(element.iter("failure")))))
    element.set("errors", str(len(list(element.iter("error")))))
    element.set("skipped", str(len(list(element.iter("skipped")))))
