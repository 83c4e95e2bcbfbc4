"""Checks of the two feeds: events as CloudEvents, and changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from interlinker_shared.assets.events import AssetClosed, AssetOpened, ResultPublished
from interlinker_shared.events import Envelope, event_type
from interlinker_shared.verify.checks import check
from interlinker_shared.verify.expect import expect
from interlinker_shared.verify.service import Service

REQUIRED = ("specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data", "aggseq")
LIFE = (AssetOpened, AssetClosed, ResultPublished)


@check("4 events")
async def life_is_told_in_events(service: Service) -> None:
    """The event feed tells that an asset was opened, was closed and has a result, in this order."""
    asset, name = await service.closed(), (await service.manifest()).id
    told = [event["type"] for event in await service.events_of(asset)]
    wanted = [event_type(name, event.name) for event in LIFE]
    expect([kind for kind in told if kind in wanted] == wanted, f"it tells {told}")


@check("3 events")
async def events_are_cloud_events(service: Service) -> None:
    """Every event is a CloudEvent 1.0 with the id of its aggregate, a time with a zone and no person's name."""
    asset, name = await service.closed(), (await service.manifest()).id
    events = await service.events_of(asset)
    expect(events, "there are none")
    for event in events:
        lacking = [key for key in REQUIRED if key not in event]
        expect(not lacking, f"{event.get('type')} lacks {', '.join(lacking)}")
        expect(Envelope.model_validate(event).service == name, f"its source is {event['source']}")
        expect(datetime.fromisoformat(event["time"]).tzinfo, f"its time has no zone: {event['time']}")
        expect(event["data"]["asset"] == asset["id"], f"{event['type']} is about {event['data'].get('asset')}")


@check("3 events")
async def events_are_counted_per_aggregate(service: Service) -> None:
    """The events of an aggregate are numbered from 1 without a gap."""
    numbers = [event["aggseq"] for event in await service.events_of(await service.closed())]
    expect(numbers == list(range(1, len(numbers) + 1)), f"they are numbered {numbers}")


@check("3 events")
async def results_in_events_are_those_to_read(service: Service) -> None:
    """The hash in result.published is that of the result."""
    asset, name = await service.closed(), (await service.manifest()).id
    kind = event_type(name, ResultPublished.name)
    told = [event["data"]["hash"] for event in await service.events_of(asset) if event["type"] == kind]
    result = (await service.ask("GET", await service.path_of(asset, "/result"))).json()
    expect(told == [result["hash"]], f"the events say {told}, the result {result['hash']}")


@check("4 operations")
async def changes_show_the_latest_state(service: Service) -> None:
    """The delta feed shows each asset once, in its latest state, and the numbers only grow."""
    asset = await service.opened()
    await service.step(asset, "close")
    changes: list[dict[str, Any]] = await service.changes()
    states = [change["body"]["state"] for change in changes if change["id"] == asset["id"]]
    expect(states == ["closed"], f"it shows {states}")
    numbers = [change["seq"] for change in changes]
    expect(numbers == sorted(set(numbers)), "the numbers do not grow")
