"""A report in which every text that a proxy, a page or a person may have written is hostile."""

from msgspec import structs

from proxycheck.model.cause import ProductName, Remedy
from proxycheck.model.report import (
    CheckReport,
    Contact,
    DeviceField,
    DeviceSettings,
    PacProxy,
    PacReport,
    PacRoute,
    Report,
    SettingsReport,
    TlsReport,
)
from tests.report import factory

MARK = "h0stile"
TEXT = (
    f"{MARK}</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'`]]>--><!-- {{{{7*7}}}} ${{7*7}} [a](x:y)"
    " | **b** <b>b</b> \x1b[31mred\x1b]0;title\x07 [bold red]markup[/] :smile: \u202egnp.exe\u200b\x9b2J\r\n=cmd()|\x00"
    "\u2028\ud800 & &amp; </pre></textarea></svg>\n# heading\n```\n" + "A" * 5000
)


def hostile() -> Report:
    """Hostile text in every field that takes free text."""
    tls = TlsReport("inspected", TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, (TEXT,), TEXT)
    broken = factory.endpoint(
        TEXT,
        443,
        "fail",
        reason=TEXT,
        function=TEXT,
        reproduce=(TEXT,),
        causes=("tls.inspected",),
        tls=tls,
    )
    made = factory.report(
        "degraded",
        (
            structs.replace(broken, notes=(TEXT,)),
            factory.endpoint(TEXT, 80, "skipped", reason=TEXT),
            factory.endpoint("a", 80, function=TEXT),
        ),
        (
            factory.cause(
                "tls.inspected",
                title=TEXT,
                explanation=TEXT,
                because=(TEXT, TEXT),
                endpoints=(f"{TEXT}:443",),
                product=ProductName(TEXT, TEXT),
                remedies=(Remedy(TEXT, TEXT, TEXT),),
            ),
        ),
        checks=(CheckReport(TEXT, TEXT, "fail", TEXT, ()), CheckReport(TEXT, TEXT, "skipped", TEXT, ())),
        username=TEXT,
        products=(ProductName(TEXT, TEXT),),
        evidence=factory.port_denied().evidence,
    )
    assert made.proxy is not None
    auth = structs.replace(made.proxy.auth, schemes_offered=(TEXT,))
    return structs.replace(
        made,
        device=structs.replace(made.device, title=TEXT, document=TEXT),
        proxy=structs.replace(made.proxy, address=TEXT, auth=auth),
        run=structs.replace(made.run, id=TEXT, host=TEXT, contacted=(Contact(TEXT, 1, TEXT),)),
        pac=PacReport(TEXT, TEXT, (PacRoute(TEXT, (TEXT,), TEXT),), (PacProxy(TEXT, 1, True, TEXT),), TEXT),
        settings=(SettingsReport(TEXT, TEXT, (TEXT,)),),
        enter=DeviceSettings((DeviceField(TEXT, TEXT),), TEXT, TEXT),
    )
