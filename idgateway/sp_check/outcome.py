"""The outcome of a whole run: what the reports are made of. Pure."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from idgateway.sp_check.cases import ACCEPT
from idgateway.sp_check.judge import Kind, Result, Verdict
from idgateway.sp_check.themes import Said, Severity


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Everything that was found out about one service."""

    target: str
    stand_in: str
    person: str
    started: datetime  # aware UTC
    seconds: float
    told_by: tuple[Said, ...]  # how a login was told from a refusal
    only_weak: bool  # whether there was no strong sign
    honest_logins: int
    outage: str  # how the honest login failed during the run; empty where it never did
    warnings: tuple[Said, ...]  # what about the service's request is worth mending; no findings
    families: dict[str, Said]
    results: tuple[Result, ...]

    @property
    def findings(self) -> tuple[Result, ...]:
        """All results that are to be told, worst first."""
        found = [result for result in self.results if result.kind is not Kind.NONE]
        return tuple(sorted(found, key=lambda result: -(result.severity or 0)))

    def counts(self, expectation: str) -> Counter[Verdict]:
        """Verdicts of the answers of which the same is expected."""
        return Counter(result.verdict for result in self.results if result.case.expectation == expectation)

    def rightly(self, expectation: str) -> int:
        """How many answers of which this is expected were treated so; a RelayState that was ignored is refused."""
        wanted = Verdict.ACCEPTED if expectation == ACCEPT else Verdict.REFUSED
        return sum(
            result.verdict is wanted or (result.verdict is Verdict.ACCEPTED and result.kind is Kind.NONE)
            for result in self.results
            if result.case.expectation == expectation
        )

    def worst(self) -> Severity | None:
        """The severity of the worst finding; an outage is a high one."""
        severities = [result.severity for result in self.findings if result.severity]
        return max([*severities, *([Severity.HIGH] if self.outage else [])], default=None)

    def exit_code(self, threshold: Severity) -> int:
        """0 where nothing as bad as ``threshold`` was found, else 1."""
        worst = self.worst()
        return int(worst is not None and worst >= threshold)
