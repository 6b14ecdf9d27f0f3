"""What a browser sends along of the page that it was shown: without it nothing is saved or deleted."""

import re


def version(client, url) -> dict:
    """The version that the form at `url` carries, as a browser would send it."""
    form = client.get(url).context["adminform"].form
    return {form.version_name: form.version}


def seen_on(page) -> dict:
    """What the button of a page that asks before deleting sends."""
    found = re.search(r'name="_seen" value="([^"]*)"', page.content.decode())
    return {"post": "yes", "_seen": found.group(1)}
