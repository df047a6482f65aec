"""The chat and paging services that Apprise reaches for us: those whose address is fixed.

A service is here when its URL holds tokens and names only, and the host that is called stands in
Apprise's own source. Services that let their user choose a host, a file, a program or a device are
left out on purpose; of ntfy a server of one's own may be named, which the safe client then judges.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """``hosts``: all that may be called; one that begins with a dot stands for what ends so.
    ``options``: what may stand behind the "?" of its URL."""

    name: str
    module: str
    plugin: str
    hosts: tuple[str, ...]
    example: str
    options: tuple[str, ...] = ()
    may_choose_host: bool = False


_MATRIX = Service(
    "Matrix (t2bot.io)",
    "matrix.base",
    "NotifyMatrix",
    ("webhooks.t2bot.io",),
    "matrix://WebhookToken?mode=t2bot",
    ("mode",),
)
_NTFY = Service(
    "ntfy",
    "ntfy",
    "NotifyNtfy",
    ("ntfy.sh",),
    "ntfy://topic",
    ("priority", "tags"),
    may_choose_host=True,
)
_WEBEX = Service(
    "Webex",
    "webexteams",
    "NotifyWebexTeams",
    ("webexapis.com", "api.ciscospark.com"),
    "wxteams://Token",
)
SERVICES: dict[str, Service] = {
    "slack": Service(
        "Slack",
        "slack",
        "NotifySlack",
        ("hooks.slack.com", "slack.com"),
        "slack://TokenA/TokenB/TokenC/#channel",
    ),
    "discord": Service(
        "Discord",
        "discord",
        "NotifyDiscord",
        ("discord.com", "discordapp.com"),
        "discord://WebhookID/WebhookToken",
        ("thread",),
    ),
    "tgram": Service(
        "Telegram",
        "telegram",
        "NotifyTelegram",
        ("api.telegram.org",),
        "tgram://BotToken/ChatID",
        ("thread", "topic", "silent"),
    ),
    "matrix": _MATRIX,
    "matrixs": _MATRIX,
    "ntfy": _NTFY,
    "ntfys": _NTFY,
    "gchat": Service(
        "Google Chat",
        "google_chat",
        "NotifyGoogleChat",
        ("chat.googleapis.com",),
        "gchat://Workspace/Key/Token",
    ),
    "wxteams": _WEBEX,
    "webex": _WEBEX,
    "zulip": Service(
        "Zulip Cloud",
        "zulip",
        "NotifyZulip",
        (".zulipchat.com",),
        "zulip://bot@organisation/Token/channel",
    ),
    "pover": Service(
        "Pushover",
        "pushover",
        "NotifyPushover",
        ("api.pushover.net",),
        "pover://UserKey@Token",
        ("priority", "sound"),
    ),
    "pbul": Service(
        "Pushbullet",
        "pushbullet",
        "NotifyPushBullet",
        ("api.pushbullet.com",),
        "pbul://AccessToken",
    ),
    "pagerduty": Service(
        "PagerDuty",
        "pagerduty",
        "NotifyPagerDuty",
        ("events.pagerduty.com", "events.eu.pagerduty.com"),
        "pagerduty://IntegrationKey@ApiKey",
        ("region",),
    ),
    "opsgenie": Service(
        "Opsgenie",
        "opsgenie",
        "NotifyOpsgenie",
        ("api.opsgenie.com", "api.eu.opsgenie.com"),
        "opsgenie://ApiKey",
        ("region", "priority"),
    ),
}


def names() -> str:
    return ", ".join(dict.fromkeys(service.name for service in SERVICES.values()))
