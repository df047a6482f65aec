"""Steps from the entries of one conversation, a reader per dialect.

Every reader takes any JSON: a value of the wrong type reads as empty. Shapes: OpenAI's chat and
responses API, SWE-agent's trajectory files, OpenHands' event stream.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from reviews.rendering.steps import Step, content, cut, members, step, words

RESPONSES_ITEMS = {"function_call", "function_call_output", "reasoning", "message"}
# OpenHands' bookkeeping: it says nothing that the neighbouring events do not.
_QUIET_ACTIONS = {"change_agent_state", "null", "system_prompt_state"}
_QUIET_OBSERVATIONS = {"agent_state_changed", "null"}


def from_messages(entries: Iterable[dict[str, Any]]) -> list[Step]:
    """OpenAI messages, the fields that SWE-agent adds to them, and responses items."""
    names: dict[str, str] = {}
    found: list[Step] = []
    for entry in entries:
        if kind_of(entry) in RESPONSES_ITEMS - {"message"}:
            found.append(_item(entry, names))
            continue
        role = words(entry.get("role"))
        text = content(entry.get("content"))
        calls = _calls(entry, names)
        thought = content(entry.get("reasoning_content") or entry.get("thought"))
        at = words(entry.get("created_at") or entry.get("timestamp"))
        if role in {"tool", "function"}:
            name = entry.get("name") or names.get(_call_id(entry))
            found.append(step("tool", title=name, observation=text, at=at))
            continue
        is_agent = role in {"assistant", "agent", "model", "ai"}
        found.append(
            step(
                "agent" if is_agent else role or "unknown",
                title=_("Demonstration") if entry.get("is_demo") is True else entry.get("name"),
                text=text,
                thought="" if thought == text else thought,
                action="\n".join(calls) or words(entry.get("action")),
                at=at,
            )
        )
    return found


def from_trajectory(top: dict[str, Any]) -> Iterator[Step]:
    """A SWE-agent file: its prompts, then each turn, then what it handed in."""
    history = top.get("history")
    prompts: list[dict[str, Any]] = []
    for entry in history if isinstance(history, list) else []:
        if isinstance(entry, dict):
            if entry.get("role") == "assistant" and entry.get("is_demo") is not True:
                break
            prompts.append(entry)
    yield from from_messages(prompts)
    for turn in top["trajectory"]:
        if not isinstance(turn, dict):
            continue
        thought = content(turn.get("thought"))
        response = content(turn.get("response"))
        yield step(
            "agent",
            text="" if thought and thought.strip() in response else response,
            thought=thought,
            action=turn.get("action"),
            observation=turn.get("observation"),
        )
    info = top.get("info")
    if isinstance(info, dict) and (info.get("submission") or info.get("exit_status")):
        status = words(info.get("exit_status"))
        yield step(
            "result",
            title=status,
            observation=info.get("submission"),
            status="ok" if status == "submitted" else "failed" if status else "",
        )


def from_events(entries: Iterable[dict[str, Any]]) -> tuple[list[Step], int]:
    """OpenHands events, each observation joined to the action that caused it; and how many are
    left out because they only record states."""
    found: list[Step] = []
    caused: dict[str, int] = {}
    quiet = 0
    open_action = ""
    for entry in entries:
        args = members(entry.get("args"))
        extras = members(entry.get("extras"))
        observation = words(entry.get("observation"))
        action = words(entry.get("action"))
        if action in _QUIET_ACTIONS or (not action and observation in _QUIET_OBSERVATIONS):
            quiet += 1
            continue
        if action:
            caused[words(entry.get("id"))] = len(found)
            open_action = action
            found.append(_action(entry, args, action))
            continue
        status = _outcome(entry, extras)
        seen = content(entry.get("content")) or words(entry.get("message"))
        cause = entry.get("cause")
        at = caused.get(words(cause)) if cause is not None else None
        if at is None and cause is None and found and open_action == observation:
            at = len(found) - 1
        if at is not None and not found[at].observation:
            found[at] = replace(found[at], observation=cut(seen), status=status)
            open_action = ""
        else:
            found.append(step("environment", title=observation, observation=seen, status=status))
    return found, quiet


def kind_of(entry: dict[str, Any]) -> str:
    """The `type` of an entry, where it is a word."""
    kind = entry.get("type")
    return kind if isinstance(kind, str) else ""


def issue_of(row: dict[str, Any]) -> Iterator[Step]:
    """The task of an OpenHands resolver row."""
    issue = members(row.get("issue"))
    title = words(issue.get("title") or row.get("instance_id"))
    number = words(issue.get("number"))
    if title or issue.get("body"):
        head = f"#{number} {title}" if number else title
        yield step("user", title=head, text=issue.get("body"))


def result_of(row: dict[str, Any]) -> Iterator[Step]:
    """What an OpenHands resolver row ends with: its own verdict and the patch."""
    words = row.get("result_explanation") or row.get("error")
    if words or row.get("git_patch"):
        success = row.get("success")
        yield step(
            "result",
            title=_("Patch") if row.get("git_patch") else "",
            text=words,
            observation=row.get("git_patch"),
            status="ok" if success is True else "failed" if success is False else "",
        )


def _action(entry: dict[str, Any], args: dict[str, Any], action: str) -> Step:
    # Older files keep an action's arguments beside it instead of under "args".
    found = {**entry, **args}
    source = words(entry.get("source"))
    is_message = action in {"message", "system"}
    code = next((found[key] for key in ("command", "code", "url", "path") if found.get(key)), None)
    said = content(found.get("content"))
    outcome = members(found.get("outputs")).get("content") or found.get("final_thought")
    text = said if is_message else content(outcome) if action == "finish" else ""
    return step(
        "user" if source == "user" or (is_message and not source) else source or "agent",
        title="" if is_message else action,
        text=text,
        thought=found.get("thought"),
        action="" if is_message else code if code is not None else _leftover(args),
        at=entry.get("timestamp"),
    )


def _leftover(args: dict[str, Any]) -> str:
    """Arguments of an action that has no command of its own, as JSON."""
    hidden = {"thought", "final_thought", "outputs", "security_risk"}
    rest = {key: value for key, value in args.items() if key not in hidden and value}
    return words(rest) if rest else ""


def _outcome(entry: dict[str, Any], extras: dict[str, Any]) -> str:
    code = entry.get("exit_code", members(extras.get("metadata")).get("exit_code"))
    if isinstance(code, int) and not isinstance(code, bool):
        return "ok" if code == 0 else "failed"
    success = entry.get("success")
    if entry.get("observation") == "error" or success is False:
        return "failed"
    return "ok" if success is True else ""


def _item(entry: dict[str, Any], names: dict[str, str]) -> Step:
    """One item of OpenAI's responses API that is not a message."""
    if entry["type"] == "reasoning":
        return step("agent", thought=content(entry.get("summary") or entry.get("content")))
    call = words(entry.get("call_id"))
    if entry["type"] == "function_call":
        names[call] = words(entry.get("name"))
        return step("agent", action=f"{names[call]}({words(entry.get('arguments'))})")
    return step("tool", title=names.get(call, ""), observation=content(entry.get("output")))


def _calls(entry: dict[str, Any], names: dict[str, str]) -> list[str]:
    """The tool calls of a message as "name(arguments)", arguments as the agent wrote them."""
    calls = entry.get("tool_calls")
    found = []
    for call in calls if isinstance(calls, list) else [{"function": entry.get("function_call")}]:
        function = members(members(call).get("function"))
        if not function:
            continue
        name = words(function.get("name"))
        names[words(members(call).get("id"))] = name
        found.append(f"{name}({words(function.get('arguments'))})")
    return found


def _call_id(entry: dict[str, Any]) -> str:
    """The call that a tool message answers; SWE-agent writes a list of one."""
    many = entry.get("tool_call_ids")
    one = many[0] if isinstance(many, list) and many else None
    return words(entry.get("tool_call_id") or one)
