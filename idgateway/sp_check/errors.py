"""Why a check cannot be run. Every error names its cause and, where there is one, its cure.

SpCheckError
├── TargetRefused   this host may not be contacted
├── StandInMissing  no stand-in answers at the address given
├── StandInRefused  the stand-in refuses the service's own request, with its code
├── CaseUnknown     a word of the command line names no case
└── CheckVoid       the service's honest login does not work or cannot be told from a refusal: nothing would be proven
"""


class SpCheckError(Exception):
    """Base: a cause in one sentence and, where there is one, a cure."""

    def __init__(self, cause: str, cure: str = "") -> None:
        """Keep cause and cure apart, for the door that prints them."""
        super().__init__(f"{cause} {cure}".strip())
        self.cause = cause
        self.cure = cure


class TargetRefused(SpCheckError):
    """This host may not be contacted."""


class StandInMissing(SpCheckError):
    """No stand-in answers at the address given."""


class StandInRefused(SpCheckError):
    """The stand-in refuses the request that the service sent; ``code`` is the stand-in's."""

    def __init__(self, code: str, explanation: str) -> None:
        """Tell the code with its explanation."""
        super().__init__(f"The stand-in refuses the service's request ({code}): {explanation}")
        self.code = code


class CaseUnknown(SpCheckError):
    """A word of the command line names no case."""


class CheckVoid(SpCheckError):
    """Nothing would be proven: the honest login fails, or cannot be told from a refusal."""
