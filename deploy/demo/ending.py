"""How the play ended: gathered from the front door, compared with what its people did, and printed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from deploy.demo.story import Story

MONEY = "{:,}"


@dataclass(frozen=True)
class Ending:
    """The state that a process leaves behind, in terms that do not depend on ids or times."""

    state: str
    result: list[dict[str, Any]]
    counts: dict[str, Any]
    feedback: list[dict[str, Any]]
    provenance: list[dict[str, Any]]
    handed_over: int
    pages: dict[str, str]

    def summary(self) -> dict[str, Any]:
        """What must be the same however often a service was killed in between."""
        return {
            "state": self.state,
            "votes": {item["title"]: item["votes"] for item in self.result},
            "funded": sorted(item["title"] for item in self.result if item["outcome"] == "funded"),
            "feedback": len(self.feedback),
            "provenance": len(self.provenance),
        }


async def gather(story: Story) -> Ending:
    """Read how it ended."""
    front, process = story.front, f"/processes/{story.process}"
    state = (await front.call("GET", process, story.owner))["state"]
    result = await front.call("GET", f"{await _closed(story, 'vote')}/result")
    return Ending(
        state=state,
        result=result["items"],
        counts=result["counts"],
        feedback=await front.items(f"{process}/feedback", story.owner),
        provenance=await front.items(f"{process}/provenance", story.owner),
        handed_over=await _handed_over(story),
        pages={task: f"{await _closed(story, task)}/view" for task in ("needs", "ideas", "discuss", "vote")},
    )


def faults(story: Story, ending: Ending) -> list[str]:
    """Everything that is not as it must be; empty when all is well."""
    found = [] if ending.state == "finished" else [f"the process is {ending.state}"]
    told = Counter(entry["subject"] for entry in ending.feedback)
    found += [f"{subject} got {count} feedbacks" for subject, count in told.items() if count != 1]
    found += [f"{subject} contributed and was told nothing" for subject in sorted(story.contributors - told.keys())]
    found += [
        f"{subject} was told something and did not contribute" for subject in sorted(told.keys() - story.contributors)
    ]
    found += _miscounted(story, ending)
    if len(ending.provenance) != ending.handed_over:
        found.append(f"{ending.handed_over} items were handed over, {len(ending.provenance)} have a provenance")
    return found


def show(console: Console, story: Story, ending: Ending) -> None:
    """Print the result and what one citizen is told."""
    table = Table("rank", "idea", "votes", "cost", "outcome", title="What the neighbourhood decided")
    for item in ending.result:
        cost = MONEY.format(item["cost"]) if item.get("cost") is not None else "–"
        table.add_row(str(item["rank"]), item["title"], str(item["votes"]), cost, item["outcome"])
    console.print(table)
    feedback = _example(ending)
    told = "\n".join(_told(entry) for entry in feedback["entries"])
    console.print(Panel(told, title=f"What {feedback['subject']} is told"))
    console.print(
        f"{len(story.citizens)} citizens, {story.front.calls} requests, {story.front.repeated} repeated, "
        f"{len(story.refused)} refused as they should be, {len(ending.feedback)} feedbacks, "
        f"{len(ending.provenance)} handed-over items with their provenance"
    )


def _miscounted(story: Story, ending: Ending) -> list[str]:
    titles = [item["title"] for item in ending.result]
    expected: Counter[str] = Counter()
    cheapest = min(ending.result, key=lambda item: item["cost"] or 0)["title"]
    for citizen in story.citizens:
        expected.update([title for title in titles if citizen.likes(title, "vote")] or [cheapest])
    return [
        f"{item['title']}: {item['votes']} votes counted, {expected[item['title']]} cast"
        for item in ending.result
        if item["votes"] != expected[item["title"]]
    ]


async def _handed_over(story: Story) -> int:
    """How many items the steps took over, by their own results."""
    count = 0
    for task in ("ideas", "discuss", "vote"):
        result = await story.front.call("GET", f"{await _closed(story, task)}/result")
        count += sum(1 for item in result["items"] if item.get("source"))
    return count


async def _closed(story: Story, task: str) -> str:
    return story.address(await story.task(task))


def _example(ending: Ending) -> dict[str, Any]:
    """The feedback to show: of somebody whose own suggestion was funded, if there is one."""
    made = (feedback for feedback in ending.feedback for entry in feedback["entries"] if _is_funded_suggestion(entry))
    return next(made, ending.feedback[0])


def _is_funded_suggestion(entry: dict[str, Any]) -> bool:
    return bool(entry["action"] == "response" and entry["outcome"] == "funded")


def _told(entry: dict[str, Any]) -> str:
    what = f"“{entry['title']}”" if entry["title"] else entry["last_task"]
    return f"{entry['action']} in {entry['task']} ({entry['channel']}): {what} – {entry['outcome']}. {entry['reason'].get('en', '')}"
