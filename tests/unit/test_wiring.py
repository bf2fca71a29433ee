from __future__ import annotations

from backend.wiring import Services
from config.settings import Settings


async def test_no_client_outlives_the_process() -> None:
    services = Services(Settings())
    clients = [services.probe_client, services.status_client]
    assert not any(client.is_closed for client in clients)
    await services.shut_down()
    assert all(client.is_closed for client in clients)
