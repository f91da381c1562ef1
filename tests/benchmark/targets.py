"""What the figures are to reach, and the lines that say whether they do."""

import sys
from dataclasses import dataclass, field


def say(line: str) -> None:
    """Prints a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@dataclass
class Targets:
    """The figures of one benchmark. `within` is how many times its target a figure may be before the benchmark fails;
    None for any."""

    within: float | None = None
    missed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def told(self, name: str, figure: float, target: float, unit: str = "") -> None:
        """Prints a figure beside its target."""
        met = figure <= target
        say(f"  {name:44}{figure:8.2f}{unit:4} to reach {target:.2f}{unit}{'' if met else '   MISSED'}")
        if not met:
            self.missed.append(name)
        if self.within is not None and figure > target * self.within:
            self.failed.append(name)

    def end(self) -> int:
        """Prints what is missed; the exit code."""
        say(f"missed: {', '.join(self.missed)}" if self.missed else "everything is reached")
        if self.failed:
            say(f"FAILED, more than {self.within:g} times its target: {', '.join(self.failed)}")
        return 1 if self.failed else 0
