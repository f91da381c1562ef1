"""What holds for every test: Ctrl-C works in the processes that tests start."""

import signal


def pytest_configure() -> None:
    """Gives SIGINT its meaning back where a shell started pytest in the background with SIGINT ignored.

    Children inherit what is ignored, and many tests end their children by SIGINT, as a person does."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
