"""What a person has typed so far, kept for the length of the journey."""

from django.db import connection, models
from django.utils import timezone

from accounts.asking import one_row
from accounts.stamp import Stamp
from feedback.clock import add_hours

from .sealing import seal, unseal

KEEP_SQL = """
INSERT INTO feedback_draft (token_hash, sealed, expires) VALUES (%s, %s, %s)
ON CONFLICT (token_hash) DO UPDATE SET sealed = excluded.sealed, expires = excluded.expires
"""
# With the version stamp, which whoever sends the answers needs.
OPEN_SQL = """
SELECT sealed, (SELECT value FROM accounts_stamp WHERE id = 1) FROM feedback_draft WHERE token_hash = %s AND expires > %s
"""


class Draft(models.Model):
    """Answers of an unfinished journey, sealed; the browser holds only the random token whose hash is the key."""

    token_hash = models.CharField(max_length=64, primary_key=True)
    sealed = models.TextField()
    expires = models.DateTimeField(db_index=True)

    HOURS = 24
    stamp = ""  # the version stamp as it was when the draft was opened

    def __str__(self):
        return f"draft until {self.expires:%d %b %H:%M}"

    @classmethod
    def open(cls, token_hash: str):
        """The draft of that token, where its time is not over."""
        row = one_row(OPEN_SQL, [token_hash, connection.ops.adapt_datetimefield_value(timezone.now())])
        if row is None:
            return None
        draft = cls(token_hash=token_hash, sealed=row[0])
        draft.stamp = Stamp.of(row[1])
        return draft

    @property
    def answers(self) -> dict:
        """What was typed, by field name."""
        return unseal(self.sealed)

    def keep(self, answers: dict) -> None:
        """Keep `answers` for another day."""
        self.sealed = seal(answers)
        self.expires = add_hours(timezone.now(), self.HOURS)
        with connection.cursor() as cursor:
            cursor.execute(
                KEEP_SQL, [self.token_hash, self.sealed, connection.ops.adapt_datetimefield_value(self.expires)]
            )
