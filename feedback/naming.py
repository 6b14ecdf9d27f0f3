"""Who of the police wrote or said something, as the public may read it today: a name may have been hidden since."""

from accounts.models import User
from areas.names import normalise

from .models import ConcernUpdate

SPOKEN = {ConcernUpdate.How.PHONE, ConcernUpdate.How.PERSON}


def speakers(updates) -> dict:
    """Who spoke, by the id of the update: what colleagues wrote of spoken answers, without those whose name is hidden today.

    `said_by` of a written answer is never read: it froze the name of its author, who may have hidden it.
    """
    said = {row.pk: row.said_by for row in updates if row.how in SPOKEN and row.said_by}
    hidden = _hiding(set(said.values())) if said else set()
    return {pk: words for pk, words in said.items() if words not in hidden}


def _hiding(texts) -> set:
    """Those of `texts` that name somebody whose name is hidden: by their last name, unless somebody else is named whole."""
    people = [(normalise(name).split(), public) for name, public in User.objects.values_list("name", "public_name")]
    found = set()
    for text in texts:
        words = set(normalise(text).split())
        meant = [(name, public) for name, public in people if name and name[-1] in words]
        whole = [(name, public) for name, public in meant if words.issuperset(name)]
        if any(not public for _name, public in whole or meant):
            found.add(text)
    return found
