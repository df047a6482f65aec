"""Who does something: a person, an agent, a rule or the desk itself."""

from dataclasses import dataclass

from workspaces.models import Agent, User


@dataclass(frozen=True)
class Actor:
    kind: str  # human, agent, rule, system
    id: str = ""

    @classmethod
    def user(cls, user: User) -> "Actor":
        return cls("human", str(user.pk))

    @classmethod
    def agent(cls, agent: Agent) -> "Actor":
        return cls("agent", str(agent.pk))


SYSTEM = Actor("system")
