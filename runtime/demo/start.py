"""The demo's processes, for the supervisor; and what a newcomer reads when they answer."""

from pathlib import Path

from runtime import logs
from runtime.demo.ports import Ports
from runtime.supervisor import Child
from runtime.wiring import VARIABLE


def processes(config: Path, ports: Ports) -> tuple[Child, ...]:
    """All of the demo, from the gate to the mail catcher; they read the same configuration."""
    # Into a file: the newcomer's terminal is for the links.
    environment = {VARIABLE: str(config), logs.VARIABLE: str(config.parent / "log.jsonl")}
    webs = (("gate", 0), ("simulator", 1), ("postbox", 2), ("town", 3), ("stamps", 5), ("witness", 7))
    return (
        *(
            Child(
                name=name,
                target=f"runtime.wiring:{name}_app",
                web=True,
                listen=ports.listen(offset),
                environment=environment,
            )
            for name, offset in webs
        ),
        Child(name="worker", target="runtime.worker:main", environment=environment),
        Child(name="mail", target="runtime.demo.mail:main", listen=ports.listen(4), environment=environment),
    )


def welcome(ports: Ports) -> str:
    """What is printed once everything answers."""
    return f"""
The demo is ready. Begin here:

  Story       {ports.town}/            ten steps, about six minutes
  Service     {ports.town}/urkunde     the town's online service
  Postbox     {ports.postbox}/            for citizens; {ports.postbox}/casework for caseworkers
  Mails       {ports.town}/mail        what the postbox sent
  Gate        {ports.gate}/.well-known/openid-configuration
  Yours       {ports.first_application}/            once you started it: docs/first-login.md

Everybody in it is made up. Ctrl-C ends it.
"""
