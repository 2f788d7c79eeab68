"""The load test of the system that this one replaces: 500 users who ask for banners of campaigns 1 to 50.

    locust -f bench/load/locustfile.py --host http://127.0.0.1:8080 --headless -u 500 -r 100 -t 60s

Assumed, since the original did not write it down: a user waits 1 to 2 seconds between two requests. That makes 20,000
requests a minute, four times what the original promised. A wrong status, another campaign's banner, or the same banner
twice in a row count as failures; 204, no banner in this quarter of the hour, does not.
"""

from random import randint

from locust import FastHttpUser, between, task

CAMPAIGNS = (1, 50)


class Visitor(FastHttpUser):
    """A browser: it keeps the cookies that it is given, and its connection."""

    wait_time = between(1, 2)

    def on_start(self):
        self.last = {}

    @task
    def campaign(self):
        campaign_id = randint(*CAMPAIGNS)
        path = f"/campaigns/{campaign_id}"
        with self.client.get(path, name="/campaigns/:id", catch_response=True) as response:
            if response.status_code == 204:
                return
            if response.status_code != 200:
                response.failure(f"status {response.status_code}")
                return
            banner = response.json()
            if banner["campaign_id"] != campaign_id:
                response.failure("another campaign")
            elif self.last.get(campaign_id) == banner["banner_id"] and not banner["repeat"]:
                response.failure("the same banner twice in a row")
            self.last[campaign_id] = banner["banner_id"]
