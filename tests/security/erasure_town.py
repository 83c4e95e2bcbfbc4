"""A whole family in one process, a person who writes into every field there is, and all the bytes that are kept of her."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
from fastapi import FastAPI
from psycopg import sql
from sqlalchemy import insert
from sqlalchemy.orm import Session

from interlinker_shared.accounts.store import PasskeyRow
from interlinker_shared.auth import Role, mint_token
from interlinker_shared.clock import utc_now
from interlinker_shared.events import Envelope, held
from interlinker_shared.ids import new_id
from interlinker_shared.mail import store as mail
from interlinker_shared.state import Kit
from interlinker_shared.testing import SECRET, eventually

Json = dict[str, Any]

PROCESS: Json = {
    "id": "budget",
    "version": "1.0.0",
    "title": {"en": "A budget"},
    "inputs": {"survey": "object"},
    "phases": [
        {"id": "engage", "tasks": [{"id": "needs", "uses": "survey", "with": {"definition": "${{ inputs.survey }}"}}]},
        {
            "id": "design",
            "tasks": [
                {
                    "id": "ideas",
                    "uses": "ideation",
                    "import": [
                        {
                            "from": "needs",
                            "items": "${{ tasks.needs.result.items }}",
                            "map": {"text": "${{ item.text }}"},
                        }
                    ],
                },
                {"id": "approve", "decision": {"role": "coordinator", "options": ["accept"]}, "needs": ["ideas"]},
            ],
        },
    ],
}
FILES = (
    "SELECT n.nspname || '.' || c.relname, pg_relation_filepath(c.oid) FROM pg_class c "
    "JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_class owner ON owner.reltoastrelid = c.oid "
    "WHERE pg_relation_filepath(c.oid) IS NOT NULL "
    "AND (n.nspname = ANY(%(schemas)s) OR owner.relnamespace::regnamespace::text = ANY(%(schemas)s))"
)
"""Of tables, their indexes and their long values."""
SURVEY: Json = {"elements": [{"type": "comment", "name": "text"}, {"type": "rating", "name": "mood"}]}


@dataclass
class Town:
    """Services by their names, and what one person has planted where."""

    apps: dict[str, tuple[FastAPI, httpx.AsyncClient]]
    folder: Path
    stream: Path
    url: str | None = None
    """Of a PostgreSQL database; without it the folder holds everything."""
    subject: str = ""
    markers: dict[str, str] = field(default_factory=dict)

    def mark(self, place: str) -> str:
        """A word that is nowhere else."""
        return self.markers.setdefault(place, f"mark{new_id().hex}")

    def kit(self, service: str) -> Kit:
        kit: Kit = self.apps[service][0].state.kit
        return kit

    async def ask(
        self, service: str, method: str, path: str, body: Json | None = None, *, who: str = "owner", **headers: str
    ) -> Any:
        """The JSON of an answer that must be no error; `who` is an owner, a moderator, or a member by any other name."""
        role = {"owner": Role.OWNER, "mo": Role.MODERATOR, "max": Role.MODERATOR}.get(who, Role.MEMBER)
        token = mint_token(SECRET, subject=who, role=role, audience=service)
        sent = {"Authorization": f"Bearer {token}"} | headers
        answer = await self.apps[service][1].request(method, path, json=body, headers=sent)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer.json() if answer.content and "json" in answer.headers["content-type"] else answer.text

    async def hers(self, service: str, method: str, path: str, body: Json | None = None, **headers: str) -> Any:
        """The same as the person whose words are to go."""
        return await self.ask(service, method, path, body, who=self.subject, **headers)

    async def opened(self, service: str, path: str, **fields: Any) -> str:
        """A new asset that people take part in."""
        asset = str((await self.ask(service, "POST", path, {"title": "Ours", "language": "en"} | fields))["id"])
        await self.ask(service, "POST", f"{path}/{asset}/open")
        return asset

    # --- planting ----------------------------------------------------------------------------------------------------

    async def sign_up(self) -> None:
        """She is invited by mail, which no server takes, follows the link, and adds a passkey."""
        email = f"{self.mark('e-mail address')}@example.org"
        await self.ask("gateway", "POST", "/invitations", {"email": email, "role": "member"})
        (letter,) = await self.kit("gateway").db.read(mail.due, utc_now())
        found = re.search(r"token=([\w-]+)", letter.body)
        assert found is not None
        signed_in = await self.apps["gateway"][1].post("/sign-in/confirm", json={"token": found[1]})
        self.subject = signed_in.raise_for_status().json()["subject"]
        row: Json = {"id": "key", "subject": self.subject, "name": self.mark("name of a passkey"), "public_key": "x"}
        row |= {"sign_count": 0, "created_at": utc_now(), "last_used_at": None}
        await self.kit("gateway").db.write(_insert, row)
        await self.hers("gateway", "POST", "/consents", {"purpose": "newsletter", "policy": "1"})

    async def plant_in_forum(self) -> str:
        """A topic, posts, a quote of one, one that was taken down, with all that moderation keeps; the board."""
        board = await self.opened("forum", "/boards")
        said = {"title": self.mark("title of a topic"), "text": self.mark("text of a topic"), "language": "en"}
        topic = (await self.hers("forum", "POST", f"/boards/{board}/topics", said))["id"]
        posts = f"/topics/{topic}/posts"
        words = {"text": self.mark("post that is quoted"), "language": "en"}
        await self.hers("forum", "POST", posts, words, **{"Idempotency-Key": "one"})
        quote = {"text": f"> {words['text']}\n\nWell.", "language": "en"}
        other = (await self.ask("forum", "POST", posts, quote, who="ben"))["id"]
        gone = (await self.hers("forum", "POST", posts, {"text": self.mark("post taken down"), "language": "en"}))["id"]
        await self._moderate(gone, other)
        await self._change_her_mind(board, topic)
        await self.ask("forum", "GET", f"/topics/{topic}/posts", who="ben")
        await self.ask("forum", "POST", f"/boards/{board}/close")
        return board

    async def _change_her_mind(self, board: str, topic: str) -> None:
        """What she said before an edit, what she has begun to write, and what she wrote into a topic that was merged."""
        first, then = ({"text": self.mark(f"text of a post {when} an edit")} for when in ("before", "after"))
        post = (await self.hers("forum", "POST", f"/topics/{topic}/posts", first))["id"]
        await self.hers("forum", "PUT", f"/posts/{post}", then)
        quote = {"text": f"> {first['text']}\n\nWell.", "quotes": [post]}
        await self.ask("forum", "POST", f"/topics/{topic}/posts", quote, who="ben")
        await self.hers("forum", "PUT", f"/topics/{topic}/draft", {"text": self.mark("draft of an answer")})
        draft = {"title": self.mark("title of a draft"), "text": self.mark("draft of a topic")}
        await self.hers("forum", "PUT", f"/boards/{board}/draft", draft)
        for _ in range(2):
            await self.hers("forum", "PUT", f"/posts/{post}/reactions/up")
        said = {"title": self.mark("title that was merged"), "text": self.mark("opening that was merged")}
        merged = (await self.hers("forum", "POST", f"/boards/{board}/topics", said))["id"]
        await self.ask("forum", "POST", f"/topics/{merged}/merge", {"into": topic}, who="mo")

    async def _moderate(self, gone: str, other: str) -> None:
        removal = {"reason": "House rule 1", "facts": self.mark("facts of a decision")}
        await self.ask("forum", "POST", f"/posts/{gone}/remove", removal, who="mo")
        (statement,) = (await self.hers("forum", "GET", "/statements"))["items"]
        appeal = {"text": self.mark("appeal")}
        filed = (await self.hers("forum", "POST", f"/statements/{statement['id']}/appeal", appeal))["id"]
        outcome = {"outcome": "upheld", "explanation": self.mark("answer to an appeal")}
        await self.ask("forum", "POST", f"/appeals/{filed}/outcome", outcome, who="max")
        notice = {"kind": "post", "item": other, "ground": "privacy", "reason": self.mark("reason of a notice")}
        contact = {"contact": f"{self.mark('address for an answer')}@example.org", "good_faith": True}
        await self.hers("forum", "POST", "/notices", notice | contact)

    async def plant_elsewhere(self) -> dict[str, str]:
        """A pledge, an idea that was counted, answers that were changed; where each is."""
        drive, campaign = await self.opened("template", "/pledges"), await self.opened("ideation", "/campaigns")
        survey = await self.opened("survey", "/surveys", config={"definition": SURVEY})
        pledge = {"text": self.mark("text of a pledge"), "language": "en", "amount": 3}
        await self.hers("template", "POST", f"/pledges/{drive}/entries", pledge)
        said = {"title": self.mark("title of an idea"), "text": self.mark("text of an idea"), "language": "en"}
        idea = (await self.hers("ideation", "POST", f"/campaigns/{campaign}/ideas", said))["id"]
        await self.hers("ideation", "PUT", f"/campaigns/{campaign}/ideas/{idea}/support")
        for who in (self.subject, "ben"):
            await self.ask("ideation", "PUT", f"/campaigns/{campaign}/ballot", {"approvals": [idea]}, who=who)
        mine = f"/surveys/{survey}/responses"
        await self.hers(
            "survey", "POST", mine, {"answers": {"text": self.mark("answer before it was changed"), "mood": 1}}
        )
        await self.hers("survey", "PUT", f"{mine}/mine", {"answers": {"text": self.mark("answer"), "mood": 4}})
        await self.ask("survey", "POST", mine, {"answers": {"text": "A pool", "mood": 2}}, who="ben")
        for service, path in (("ideation", f"/campaigns/{campaign}"), ("survey", f"/surveys/{survey}")):
            await self.ask(service, "POST", f"{path}/close")
        await self._take_down_an_answer()
        return {"drive": drive, "campaign": campaign, "survey": survey}

    async def _take_down_an_answer(self) -> None:
        survey = await self.opened("survey", "/surveys", config={"definition": SURVEY})
        mine = f"/surveys/{survey}/responses"
        said = {"answers": {"text": self.mark("answer taken down"), "mood": 3}}
        response = (await self.hers("survey", "POST", mine, said))["id"]
        await self.ask("survey", "POST", f"/surveys/{survey}/close")
        await self.ask("survey", "POST", f"{mine}/{response}/remove", {"reason": "House rule 1"}, who="mo")

    async def plant_in_process(self) -> str:
        """An answer that becomes an idea in the next step, and a decision with her reason; the process, which ends."""
        await self.ask("gateway", "POST", "/templates", PROCESS)
        wanted = {"template": "budget", "inputs": {"survey": SURVEY}, "roles": {"coordinator": [self.subject]}}
        process = str((await self.ask("gateway", "POST", "/processes", wanted))["id"])
        survey = await self._asset(process, "needs")
        answers = {"answers": {"text": self.mark("answer that was handed on"), "mood": 5}}
        await self.hers("survey", "POST", f"/surveys/{survey}/responses", answers)
        await self.ask("gateway", "POST", f"/processes/{process}/tasks/needs/close")
        await self._asset(process, "ideas")
        await self.ask("gateway", "POST", f"/processes/{process}/tasks/ideas/close")
        await eventually(lambda: self._is(process, "approve", "active"), within=20)
        choice = {"option": "accept", "reason": self.mark("reason of a decision")}
        await self.hers("gateway", "POST", f"/processes/{process}/tasks/approve/decision", choice)
        await eventually(lambda: self._is(process, "approve", "done"), within=20)
        return process

    async def plant_in_events(self) -> None:
        """An event about her that could not be dealt with, and said why."""
        said: Json = {"id": new_id(), "source": "/forum/main", "type": "eu.interlinkers.forum.post.published.v1"}
        letter = Envelope.model_validate(
            said | {"subject": "x", "time": utc_now(), "aggseq": 1, "data": {}, "actor": self.subject}
        )
        await self.kit("survey").db.write(held.note_failure, "survey", letter, self.mark("dead letter"), utc_now())

    async def _asset(self, process: str, task: str) -> str:
        await eventually(lambda: self._is(process, task, "active"), within=20)
        return str((await self._task(process, task))["asset"])

    async def _is(self, process: str, task: str, state: str) -> bool:
        return bool((await self._task(process, task))["state"] == state)

    async def _task(self, process: str, task: str) -> Json:
        tasks = (await self.ask("gateway", "GET", f"/processes/{process}/tasks"))["items"]
        return dict(next(one for one in tasks if one["id"] == task))

    # --- looking -----------------------------------------------------------------------------------------------------

    async def tallies(self, board: str, where: dict[str, str], process: str) -> Json:
        """Every count that anybody can see."""
        board_result = await self.ask("forum", "GET", f"/boards/{board}/result")
        ideas = await self.ask("ideation", "GET", f"/campaigns/{where['campaign']}/result")
        numbers = ("id", "rank", "votes", "support", "funded")
        tasks = (await self.ask("gateway", "GET", f"/processes/{process}/tasks"))["items"]
        audit = await self.ask("gateway", "GET", f"/processes/{process}/audit")
        return {
            "board": board_result["counts"],
            "topics": [(one["id"], one["posts"], one["participants"]) for one in board_result["items"]],
            "campaign": ideas["counts"],
            "ideas": [[one[name] for name in numbers] for one in ideas["items"]],
            "survey": (await self.ask("survey", "GET", f"/surveys/{where['survey']}/result"))["counts"],
            "drive": (await self.ask("template", "GET", f"/pledges/{where['drive']}/result"))["counts"],
            "consents": await self.ask("gateway", "GET", "/consents/counts"),
            "decisions": (await self.ask("forum", "GET", "/moderation-log/counts"))["items"],
            "steps": [(one["id"], one["items"], one["option"]) for one in tasks],
            "trail": (audit["holds"], [one["hash"] for one in audit["items"]]),
        }

    def found(self, log: str) -> set[str]:
        """The places whose words are still somewhere: in a file below the data folder, in the stream, in the log."""
        kept = [one.read_bytes() for folder in (self.folder, self.stream) for one in _files(folder)]
        kept += self._in_postgresql().values()
        return {
            place
            for place, word in self.markers.items()
            if word in log or any(word.encode() in content for content in kept)
        }

    def names_her(self) -> list[str]:
        """Files of databases in which her id stands."""
        kept = {one.name: one.read_bytes() for one in _files(self.folder)} | self._in_postgresql()
        return [name for name, content in sorted(kept.items()) if self.subject.encode() in content]

    def write_anew(self) -> None:
        """What an operator does in PostgreSQL, or its autovacuum in time; SQLite's file is written anew by the service itself."""
        if self.url is None:
            return
        with psycopg.connect(self.url, autocommit=True) as connection:
            tables = connection.execute(
                "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(%s)", (list(self.apps),)
            ).fetchall()
            for table in tables:
                connection.execute(sql.SQL("VACUUM FULL {}").format(sql.Identifier(*table)))

    def _in_postgresql(self) -> dict[str, bytes]:
        """The files of all tables and indexes. Its log is the operator's to see to."""
        if self.url is None:
            return {}
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
            data = Path(connection.execute("SHOW data_directory").fetchall()[0][0])
            found = connection.execute(FILES, {"schemas": list(self.apps)}).fetchall()
            return {name: (data / path).read_bytes() for name, path in found}


def _files(folder: Path) -> list[Path]:
    return [one for one in sorted(folder.rglob("*")) if one.is_file()]


def _insert(session: Session, row: Json) -> None:
    session.execute(insert(PasskeyRow).values(row))
