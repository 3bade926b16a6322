"""What can go wrong before and around the houses. Every error names its cause and its cure.

FrontDoorError
├── SettingsError      the configuration is missing, unreadable or holds something unknown
├── DatabaseNotReady   the database cannot be opened, or its tables are not at the newest version
├── PortTaken          another program listens where we should
├── ChildEnded         a process of ours ended although it should run
└── PartMissing        this installation lacks a part the command needs
"""


class FrontDoorError(Exception):
    """Base of the front door's errors: a cause in one sentence and, where there is one, a cure."""

    code = "front-door-error"

    def __init__(self, cause: str, cure: str = "") -> None:
        """Keep cause and cure apart, so that ``check`` can print them in two columns."""
        super().__init__(f"{cause} {cure}".strip())
        self.cause = cause
        self.cure = cure


class SettingsError(FrontDoorError):
    """The configuration is missing, unreadable or holds something unknown."""

    code = "settings"


class DatabaseNotReady(FrontDoorError):
    """The database cannot be opened, or its tables are not at the newest version."""

    code = "database-not-ready"


class PortTaken(FrontDoorError):
    """Another program listens where we should."""

    code = "port-taken"


class ChildEnded(FrontDoorError):
    """A process of ours ended although it should run."""

    code = "child-ended"


class PartMissing(FrontDoorError):
    """This installation lacks a part the command needs."""

    code = "part-missing"
